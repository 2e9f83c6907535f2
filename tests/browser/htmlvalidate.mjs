// How html-validate looks at the pages: all that it recommends, but for what is a matter of taste here.
export default {
  root: true,
  extends: ["html-validate:recommended", "html-validate:document"],
  rules: {
    // Lists may be named, as ARIA says.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
    "doctype-style": ["error", { style: "lowercase" }],
    // Forms send lists of things: `rules[][id]` comes once for each.
    "form-dup-name": "off",
    // Titles hold what people call their projects and commits.
    "long-title": "off",
    // Templates leave blank lines where they show nothing.
    "no-trailing-whitespace": "off",
    // Everything comes from the server itself.
    "require-sri": "off",
  },
};
