// The life of protected environments as gitbeaker plays it. Needs COUNTERSIGN_URL, COUNTERSIGN_LIMITED_URL (a server that lets
// each token make few requests a second) and COUNTERSIGN_TOKEN, the first administrator's on both.

import { GitbeakerRetryError, GitbeakerTimeoutError, Gitlab } from "@gitbeaker/rest";
import { LIBRARY, refused, same, shows, signIn, step, total } from "./check.js";
import { life } from "./protections.js";

const { COUNTERSIGN_TOKEN: ROOT_TOKEN, COUNTERSIGN_LIMITED_URL: LIMITED_URL } = process.env;
const SHA = "0123456789abcdef0123456789abcdef01234567";
const [REPORTER, DEVELOPER, MAINTAINER, OWNER] = [20, 30, 40, 50];
const ROWS = 251;
const root = signIn(ROOT_TOKEN);

async function makePerson(name) {
  const username = `${LIBRARY}-${name}`;
  const user = await root.Users.create({
    username, name: `${name} of ${LIBRARY}`, email: `${username}@example.com`, forceRandomPassword: true, skipConfirmation: true,
  });
  const { token } = await root.Users.createPersonalAccessToken(user.id, "interop", ["api"]);
  return { id: user.id, name: user.name, username, client: signIn(token) };
}

const usernames = (rows) => rows.map((row) => row.username).sort();

await step("say who is there", async () => {
  const { version, enterprise } = await root.Metadata.show();
  same("an edition with protected environments", [version.endsWith("-ee"), enterprise], [true, true]);
  const me = await root.Users.showCurrentUser();
  shows("me", me, { id: 1, username: "root", is_admin: true, state: "active" });
});

let lead, dev, qa, sec1, sec2, stranger;
await step("people", async () => {
  [lead, dev, qa, sec1, sec2, stranger] = await Promise.all(["lead", "dev", "qa", "sec1", "sec2", "stranger"].map(makePerson));
  shows("signed in", await dev.client.Users.showCurrentUser(), { id: dev.id, username: dev.username });
  const found = await root.Users.all({ username: dev.username });
  same("found by name", found.map((user) => [user.id, user.email]), [[dev.id, `${dev.username}@example.com`]]);
  await root.Users.edit(dev.id, { note: "on call" });
  same("changed", (await root.Users.show(dev.id)).note, "on call");
  same("blocked", [await root.Users.block(stranger.id), (await root.Users.show(stranger.id)).state], [true, "blocked"]);
  await refused(403, "blocked", () => stranger.client.Users.showCurrentUser());
  same("unblocked", [await root.Users.unblock(stranger.id), (await root.Users.show(stranger.id)).state], [true, "active"]);
});

await step("tokens", async () => {
  const expiresAt = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const made = await root.PersonalAccessTokens.create(dev.id, "second", ["read_api"], { expiresAt });
  shows("made", made, { user_id: dev.id, scopes: ["read_api"], active: true, revoked: false, expires_at: expiresAt });
  const itself = await signIn(made.token).PersonalAccessTokens.show();
  same("read by itself", [itself.id, "token" in itself], [made.id, false]);
  const listed = await root.PersonalAccessTokens.all({ userId: dev.id });
  same("listed", listed.map((token) => token.name).sort(), ["interop", "second"]);
  const rotated = await root.PersonalAccessTokens.rotate(made.id);
  same("rotated", [rotated.name, rotated.id !== made.id, rotated.token !== made.token], ["second", true, true]);
  const third = signIn(rotated.token);
  same("the new one works", (await third.Users.showCurrentUser()).id, dev.id);
  await root.PersonalAccessTokens.remove({ tokenId: rotated.id });
  await refused(401, "invalid_token", () => third.Users.showCurrentUser());
});

await step("act for somebody else", async () => {
  same("by name", (await root.Users.showCurrentUser({ sudo: dev.username })).id, dev.id);
  same("by id", (await root.Users.all({ username: dev.username, sudo: dev.id })).map((user) => user.id), [dev.id]);
  await refused(403, "Must be admin to use sudo", () => dev.client.Users.showCurrentUser({ sudo: lead.id }));
});

let org, ops, testers, security, outside;
await step("groups", async () => {
  org = await root.Groups.create(`${LIBRARY} org`, `${LIBRARY}-org`, { visibility: "private" });
  const below = (name) => root.Groups.create(`${name} of ${LIBRARY}`, name, { parentId: org.id });
  [ops, testers, security] = await Promise.all(["ops", "testers", "security"].map(below));
  outside = await root.Groups.create(`${LIBRARY} outside`, `${LIBRARY}-outside`);
  shows("made", testers, { full_path: `${LIBRARY}-org/testers`, parent_id: org.id });
  await root.Groups.edit(org.id, { description: "ships things" });
  same("read by path", (await root.Groups.show(`${LIBRARY}-org`)).description, "ships things");
  const subgroups = (await root.Groups.allSubgroups(org.id)).map((group) => group.id);
  same("subgroups", subgroups.sort(), [ops, testers, security].map((group) => group.id).sort());
  same("found", (await root.Groups.search(`${LIBRARY}-outside`)).map((group) => group.id), [outside.id]);
  const moved = await root.Groups.transfer(outside.id, { groupId: org.id });
  same("moved", moved.full_path, `${LIBRARY}-org/${LIBRARY}-outside`);
  same("moved to the top", (await root.Groups.transfer(outside.id)).full_path, `${LIBRARY}-outside`);
});

await step("members", async () => {
  for (const [group, person, role] of [
    [org, lead, MAINTAINER], [org, dev, REPORTER], [ops, dev, DEVELOPER], [testers, qa, DEVELOPER],
    [security, sec1, DEVELOPER], [security, sec2, DEVELOPER], [ops, stranger, REPORTER],
  ]) {
    const made = await root.GroupMembers.add(group.id, role, { userId: person.id });
    shows("made", made, { id: person.id, access_level: role, expires_at: null });
  }
  await root.GroupMembers.edit(org.id, dev.id, DEVELOPER);
  same("changed", (await root.GroupMembers.show(org.id, dev.id)).access_level, DEVELOPER);
  same("direct", usernames(await root.GroupMembers.all(testers.id)), [qa.username, "root"].sort());
  const everybody = [qa, lead, dev].map((person) => person.username).concat("root").sort();
  same("inherited too", usernames(await root.GroupMembers.all(testers.id, { includeInherited: true })), everybody);
  await root.GroupMembers.remove(ops.id, stranger.id);
  await refused(404, "404", () => root.GroupMembers.show(ops.id, stranger.id));
});

let project;
await step("projects", async () => {
  const made = await root.Projects.create({ name: "app", namespaceId: org.id, visibility: "private" });
  project = await root.Projects.show(`${LIBRARY}-org/app`);
  shows("made", project, { id: made.id, path_with_namespace: `${LIBRARY}-org/app`, archived: false });
  const setting = { description: "the app", allow_pipeline_trigger_approve_deployment: true };
  await root.Projects.edit(made.id, { description: "the app", allowPipelineTriggerApproveDeployment: true });
  shows("changed", await root.Projects.show(made.id), setting);
  await root.Projects.edit(made.id, { allowPipelineTriggerApproveDeployment: false });
  await root.Projects.archive(made.id);
  same("archived", (await root.Projects.show(made.id)).archived, true);
  await root.Projects.unarchive(made.id);
  same("moved", (await root.Projects.transfer(made.id, outside.id)).path_with_namespace, `${LIBRARY}-outside/app`);
  same("and back", (await root.Projects.transfer(made.id, org.full_path)).path_with_namespace, `${LIBRARY}-org/app`);
  const avatar = { content: new Blob(["as multipart"]), filename: "a.png" };
  // A form keeps the names as they are given.
  const pictured = await root.Projects.create({ name: "pictured", namespace_id: org.id, avatar });
  same("made with a picture", [pictured.name, pictured.namespace.id], ["pictured", org.id]);
  await root.Projects.remove(pictured.id);
  await root.ProjectMembers.add(made.id, REPORTER, { username: sec1.username });
  same("its members", usernames(await root.ProjectMembers.all(made.id)), [sec1.username]);
  await root.ProjectMembers.remove(made.id, sec1.id);
  const branch = await lead.client.ProtectedBranches.show(made.id, "main");
  same("main is protected", branch.push_access_levels.map((row) => row.access_level), [MAINTAINER]);
});

await step("access tokens of a project and a group", async () => {
  const expiresAt = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  for (const [tokens, members, place, role] of [
    ["ProjectAccessTokens", "ProjectMembers", project, DEVELOPER], ["GroupAccessTokens", "GroupMembers", org, OWNER],
  ]) {
    const made = await root[tokens].create(place.id, "robot", ["api"], expiresAt, { accessLevel: role });
    shows("made", made, { name: "robot", access_level: role, active: true, revoked: false, expires_at: expiresAt });
    const robot = signIn(made.token);
    shows("a bot", await robot.Users.showCurrentUser(), { id: made.user_id, bot: true });
    same("a member", (await root[members].show(place.id, made.user_id)).access_level, role);
    const shown = await root[tokens].show(place.id, made.id);
    same("shown without its secret", [shown.id, "token" in shown], [made.id, false]);
    same("listed", (await root[tokens].all(place.id, { state: "active" })).map((token) => token.id), [made.id]);
    const rotated = await root[tokens].rotate(place.id, made.id);
    same("rotated", [rotated.id !== made.id, rotated.user_id], [true, made.user_id]);
    const again = await signIn(rotated.token)[tokens].rotate(place.id, "self");
    same("rotated by itself", again.user_id, made.user_id);
    await root[tokens].revoke(place.id, again.id);
    await refused(401, "invalid_token", () => signIn(again.token).Users.showCurrentUser());
    await refused(404, "404", () => root[members].show(place.id, made.user_id));
    same("remembered", (await root[tokens].show(place.id, again.id)).revoked, true);
  }
  const above = () => lead.client.ProjectAccessTokens.create(project.id, "more", ["api"], expiresAt, { accessLevel: OWNER });
  await refused(400, "Owner", above);
});

await step("trigger tokens", async () => {
  const { id } = await root.Projects.create({ name: "triggered", namespaceId: org.id });
  const content = "job: {only: [triggers], script: [echo]}";
  await root.Commits.create(id, "main", "Begin", [{ action: "create", filePath: ".gitlab-ci.yml", content }]);
  const tokens = lead.client.PipelineTriggerTokens;
  const made = await tokens.create(id, "nightly");
  shows("made", made, { description: "nightly", last_used: null });
  same("of whoever made it", made.owner.id, lead.id);
  await tokens.edit(id, made.id, { description: "weekly" });
  const shown = await tokens.show(id, made.id);
  same("shown in short", [shown.description, shown.token.length], ["weekly", 4]);
  const run = (token) => stranger.client.PipelineTriggerTokens.trigger(id, "main", token, { variables: { WHY: "because" } });
  const pipeline = await run(made.token);
  shows("a pipeline of its owner", pipeline, { source: "trigger", ref: "main" });
  same("creator", pipeline.user.id, lead.id);
  const given = await lead.client.Pipelines.allVariables(id, pipeline.id);
  same("variables", given.map((it) => [it.key, it.value]), [["WHY", "because"]]);
  same("used", (await tokens.all(id))[0].last_used === null, false);
  await refused(404, "404", () => run("glptt-nobody-has-this-one"));
  await tokens.remove(id, made.id);
  await refused(404, "404", () => run(made.token));
  await root.Projects.remove(id);
});

await step("shares", async () => {
  const shares = async () => (await root.Projects.show(project.id)).shared_with_groups;
  await root.Projects.share(project.id, outside.id, DEVELOPER);
  const shared = (await shares()).map((row) => [row.group_id, row.group_access_level]);
  same("shared", shared, [[outside.id, DEVELOPER]]);
  await root.Groups.share(org.id, outside.id, REPORTER, { expiresAt: "2099-01-31" });
  const [row] = (await root.Groups.show(org.id)).shared_with_groups;
  shows("a group's", row, { group_id: outside.id, group_access_level: REPORTER, expires_at: "2099-01-31" });
  await root.Projects.unshare(project.id, outside.id);
  await root.Groups.unshare(org.id, outside.id);
  same("no more", [...(await shares()), ...(await root.Groups.show(org.id)).shared_with_groups], []);
  for (const group of [testers, security, ops]) await root.Projects.share(project.id, group.id, REPORTER);
});

await step("environments", async () => {
  const { Environments } = dev.client;
  const made = await Environments.create(project.id, "review/one", { externalUrl: "https://one.example.com" });
  shows("made", made, { name: "review/one", state: "available", tier: "development" });
  same("found by name", (await Environments.all(project.id, { name: "review/one" })).map((row) => row.id), [made.id]);
  await Environments.edit(project.id, made.id, { externalUrl: "https://two.example.com" });
  same("changed", (await Environments.show(project.id, made.id)).external_url, "https://two.example.com");
  await refused(403, "", () => Environments.remove(project.id, made.id));
  same("stopped", (await Environments.stop(project.id, made.id)).state, "stopped");
  await Environments.remove(project.id, made.id);
  await refused(404, "404", () => Environments.show(project.id, made.id));
});

await step("variables", async () => {
  const { ProjectVariables } = lead.client;
  const review = { environment_scope: "review/*" };
  const options = { masked: true, environmentScope: "review/*" };
  const made = await ProjectVariables.create(project.id, "TOKEN", "abcd1234", options);
  shows("made", made, { key: "TOKEN", value: "abcd1234", masked: true, variable_type: "env_var", ...review });
  await ProjectVariables.create(project.id, "TOKEN", "everywhere");
  await refused(409, "filter[environment_scope]", () => ProjectVariables.show(project.id, "TOKEN"));
  const one = await ProjectVariables.show(project.id, "TOKEN", { filter: review });
  same("one of two", [one.value, one.environment_scope], ["abcd1234", "review/*"]);
  const changes = { filter: review, protected: true };
  shows("changed", await ProjectVariables.edit(project.id, "TOKEN", "efgh5678", changes), { value: "efgh5678", protected: true });
  await refused(400, "taken", () => ProjectVariables.create(project.id, "TOKEN", "x"));
  await ProjectVariables.remove(project.id, "TOKEN", { filter: review });
  same("left", (await ProjectVariables.all(project.id)).map((row) => row.value), ["everywhere"]);
  await ProjectVariables.remove(project.id, "TOKEN");
  const { GroupVariables } = root;
  await GroupVariables.create(org.id, "FILE", "a\nb", { variableType: "file" });
  same("a group's", (await GroupVariables.edit(org.id, "FILE", "c")).value, "c");
  shows("read", await GroupVariables.show(org.id, "FILE"), { variable_type: "file", value: "c" });
  await GroupVariables.remove(org.id, "FILE");
  await refused(404, "404", () => GroupVariables.show(org.id, "FILE"));
  await refused(403, "403", () => dev.client.ProjectVariables.all(project.id));
});

const own = { level: "project", resource: lead.client.ProjectProtectedEnvironments, id: project.id };
const tiers = { level: "group", resource: lead.client.GroupProtectedEnvironments, id: org.id };
for (const name of ["production", "qa/eu west (1)"]) {
  await life(own, name, { person: dev, group: ops, another: testers, stranger });
}
await life(tiers, "production", { person: lead, group: ops, another: testers, stranger });

const report = (by, environment) =>
  by.client.Deployments.create(project.id, environment, SHA, "main", false, { status: "running" });
const seenBy = (person, { id }) => person.client.Deployments.show(project.id, id);
const vote = (person, { id }, status, options) => person.client.Deployments.setApproval(project.id, id, status, options);
const move = (person, { id }, status) => person.client.Deployments.edit(project.id, id, status);

let environment;
await step("deploy what nothing protects", async () => {
  const done = await report(dev, "staging");
  same("started", done.status, "running");
  await move(dev, done, "success");
  same("finished", (await seenBy(dev, done)).status, "success");
  [environment] = await dev.client.Environments.all(project.id, { name: "staging" });
  same("last deployment", (await dev.client.Environments.show(project.id, environment.id)).last_deployment.id, done.id);
});

let held;
await step("a deployment is blocked", async () => {
  const approvalRules = [{ groupId: testers.id }, { groupId: security.id, requiredApprovals: 2 }];
  await tiers.resource.create(org.id, "production", [{ groupId: ops.id }], { approvalRules });
  await refused(403, "", () => report(lead, "production"));
  held = await report(dev, "production");
  shows("blocked", held, { status: "blocked", pending_approval_count: 3 });
  const blocked = await dev.client.Deployments.all(project.id, { status: "blocked", environment: "production" });
  same("listed", blocked.map((row) => [row.id, row.iid]), [[held.id, held.iid]]);
  const { rules } = (await seenBy(lead, held)).approval_summary;
  same("rules", rules.map((rule) => [rule.group_id, rule.required_approvals]), [[testers.id, 1], [security.id, 2]]);
  await refused(403, "", () => move(dev, held, "success"));
});

await step("several people approve", async () => {
  await refused(403, "", () => vote(dev, held, "approved"));
  await refused(404, "404", () => vote(stranger, held, "approved"));
  await refused(400, "status", () => vote(qa, held, "perhaps"));
  const first = await vote(qa, held, "approved", { comment: "tested" });
  shows("vote", first, { status: "approved", comment: "tested" });
  same("voter", first.user.id, qa.id);
  const second = await vote(sec1, held, "approved", { representedAs: security.name });
  same("as", second.represented_as, security.name);
  shows("still", await seenBy(lead, held), { status: "blocked", pending_approval_count: 1 });
  await vote(sec2, held, "approved");
  const now = await seenBy(lead, held);
  shows("approved", now, { status: "created", pending_approval_count: 0 });
  same("voters", now.approvals.map((approval) => approval.user.id), [qa.id, sec1.id, sec2.id]);
  await refused(400, "", () => vote(qa, held, "approved"));
});

await step("what was approved is deployed", async () => {
  for (const status of ["running", "success"]) {
    await move(dev, held, status);
    same("status", (await seenBy(dev, held)).status, status);
  }
  await refused(400, "", () => move(dev, held, "success"));
});

await step("a deployment is rejected", async () => {
  const lost = await report(dev, "production");
  same("vote", (await vote(sec2, lost, "rejected", { comment: "not on a Friday" })).status, "rejected");
  const now = await seenBy(lead, lost);
  same("status", [now.status, now.approvals[0].comment], ["failed", "not on a Friday"]);
  await refused(403, "", () => move(dev, lost, "running"));
  const all = await dev.client.Deployments.all(project.id, { environment: "production", orderBy: "id", sort: "desc" });
  same("listed", all.map((row) => [row.id, row.status]), [[lost.id, "failed"], [held.id, "success"]]);
  same("merge requests", await dev.client.Deployments.allMergeRequests(project.id, held.id), []);
  await lead.client.Deployments.remove(project.id, lost.id);
  await refused(404, "404", () => seenBy(lead, lost));
});

await step("the unified count, and unprotecting", async () => {
  await own.resource.create(project.id, "canary", [{ accessLevel: DEVELOPER }], { requiredApprovalCount: 1 });
  const [first, second] = [await report(dev, "canary"), await report(dev, "canary")];
  for (const waits of [first, second]) shows("blocked", waits, { status: "blocked", pending_approval_count: 1 });
  await refused(403, "", () => vote(dev, first, "approved"));
  await vote(lead, first, "approved");
  await own.resource.remove(project.id, "canary");
  const now = [await seenBy(dev, first), await seenBy(dev, second)];
  same("approved, and set free", now.map((it) => it.status), ["created", "created"]);
});

const many = await root.Groups.create(`${LIBRARY} rows`, `${LIBRARY}-rows`);
const made = [];
await step(`make ${ROWS} projects`, async () => {
  for (let n = 0; n < ROWS; n += 1) {
    made.push((await root.Projects.create({ name: `${LIBRARY}-row-${n}`, namespaceId: many.id })).id);
  }
  same("ids of their own", new Set(made).size, ROWS);
});

const search = { search: `${LIBRARY}-row-`, orderBy: "id", sort: "asc" };
const idsOf = (rows) => rows.map((row) => row.id);

await step("walk them by page", async () => {
  const page = { ...search, pagination: "offset", perPage: 100 };
  same("ids", idsOf(await root.Projects.all(page)), made);
  const { data, paginationInfo } = await root.Projects.all({ ...page, page: 2, showExpanded: true });
  same("second page", idsOf(data), made.slice(100, 200));
  same("totals", paginationInfo, { total: ROWS, next: 3, current: 2, previous: 1, perPage: 100, totalPages: 3 });
  same("two pages of it", idsOf(await root.Projects.all({ ...page, maxPages: 2 })), made.slice(0, 200));
  same("of the group", (await root.Groups.allProjects(many.id, { perPage: 7 })).length, ROWS);
});

await step("walk them by key", async () => {
  const keyed = { ...search, pagination: "keyset", perPage: 50 };
  same("ids", idsOf(await root.Projects.all(keyed)), made);
  same("downwards", idsOf(await root.Projects.all({ ...keyed, sort: "desc" })), [...made].reverse());
  const { data, paginationInfo } = await root.Projects.all({ ...keyed, maxPages: 1, showExpanded: true });
  same("one page", [data.length, paginationInfo.perPage], [50, 50]);
});

await step("every kind of refusal", async () => {
  await refused(400, "name is missing", () => root.Groups.create(undefined, "x"));
  await refused(400, "path", () => root.Groups.create("x", `${LIBRARY}-org`));
  await refused(401, "401 Unauthorized", () => signIn("glpat-nobody-has-this-one").Users.showCurrentUser());
  await refused(403, "403 Forbidden", () => dev.client.Users.create({ username: "x", name: "x", email: "x@example.com" }));
  await refused(403, "403 Forbidden", () => dev.client.Projects.edit(project.id, { name: "mine" }));
  await refused(404, "404 Project Not Found", () => stranger.client.Projects.show(project.id));
  await refused(404, "404 Group Not Found", () => stranger.client.GroupMembers.all(org.id));
  await refused(404, "404", () => root.Issues.show(1, { projectId: project.id }));
  await refused(404, "404", () => root.PersonalAccessTokens.rotate(99999999));
  await refused(405, "405", () => root.PersonalAccessTokens.requester.put("version", { body: {} }));
  const reader = await root.PersonalAccessTokens.create(dev.id, "reader", ["read_api"]);
  await refused(403, "insufficient_scope", () => signIn(reader.token).Groups.create("y", "y"));
  const impatient = new Gitlab({ host: process.env.COUNTERSIGN_URL, token: ROOT_TOKEN, queryTimeout: 1 });
  const late = await impatient.Projects.all({ perPage: 100 }).catch((error) => error.constructor);
  same("no time", late, GitbeakerTimeoutError);
});

await step("a limit is waited out", async () => {
  const { Users } = signIn(ROOT_TOKEN, LIMITED_URL);
  const answers = [];
  for (let n = 0; n < 15; n += 1) answers.push((await Users.showCurrentUser()).id);
  same("all answered", answers, Array(15).fill(1));
  const all = await Promise.allSettled(Array.from({ length: 100 }, () => Users.showCurrentUser()));
  const [first] = all.filter((one) => one.status === "rejected");
  same("no longer", first.reason.constructor, GitbeakerRetryError);
});

await step("delete everything", async () => {
  await tiers.resource.remove(org.id, "production");
  await root.Projects.remove(project.id);
  await refused(404, "404 Project Not Found", () => root.Projects.show(project.id));
  for (const group of [org, outside, many]) {
    await root.Groups.remove(group.id);
    await refused(404, "404 Group Not Found", () => root.Groups.show(group.id));
  }
  await refused(404, "404", () => root.Groups.show(testers.id));
  await root.Users.remove(stranger.id);
  await refused(404, "404", () => root.Users.show(stranger.id));
});

total();
