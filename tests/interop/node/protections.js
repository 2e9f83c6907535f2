// The life that each protected environment of a project or a group leads.

import { refused, same, shows, step } from "./check.js";

const ROLE = { access_level: 40, user_id: null, group_id: null };
const ids = (rows) => rows.map((row) => row.id);

/**
 * Creates, reads, changes in every way and deletes the protection of that name. `at` has the resource of the library, the id
 * of the project or group and which of them it is. `person`, `group` and `another` can be named in it, `stranger` cannot.
 */
export async function life({ level, resource, id }, name, { person, group, another, stranger }) {
  const show = () => resource.show(id, name);
  const edit = (changes) => resource.edit(id, name, changes);
  const withThatName = async () => (await resource.all(id)).filter((one) => one.name === name);
  let made, kept, rules, changed;

  await step(`${level}: protect ${name}`, async () => {
    const entries = [{ accessLevel: 40 }, { userId: person.id }, { groupId: group.id, groupInheritanceType: 1 }];
    const approvalRules = [{ groupId: another.id, requiredApprovals: 2 }, { accessLevel: 40 }];
    made = await resource.create(id, name, entries, { approvalRules });
    same("name", made.name, name);
    const [role, user, operators] = made.deploy_access_levels;
    shows("a role", role, { ...ROLE, access_level_description: "Maintainers", group_inheritance_type: 0 });
    shows("a user", user, { access_level: null, user_id: person.id, group_id: null });
    same("a user's description", user.access_level_description, person.name);
    shows("a group", operators, { access_level: null, user_id: null, group_id: group.id });
    shows("a group", operators, { access_level_description: group.name, group_inheritance_type: 1 });
    const [first, second] = made.approval_rules;
    shows("first rule", first, { access_level: null, group_id: another.id, required_approvals: 2 });
    shows("second rule", second, { ...ROLE, required_approvals: 1, access_level_description: "Maintainers" });
    same("unified count", made.required_approval_count, 0);
  });
  const [role, user, operators] = made.deploy_access_levels;
  const [first, second] = made.approval_rules;

  await step(`${level}: read and list ${name}`, async () => {
    same("read again", await show(), made);
    same("all of that name", await withThatName(), [made]);
  });

  await step(`${level}: add deploy entries`, async () => {
    changed = await edit({ deployAccessLevels: [{ accessLevel: 30 }] });
    kept = changed.deploy_access_levels;
    same("entries before", kept.slice(0, 3), made.deploy_access_levels);
    shows("new entry", kept[3], { access_level: 30, access_level_description: "Developers + Maintainers" });
    same("rules untouched", changed.approval_rules, made.approval_rules);
  });

  await step(`${level}: change a deploy entry`, async () => {
    changed = await edit({ deployAccessLevels: [{ id: kept[3].id, groupId: another.id }] });
    same("ids", ids(changed.deploy_access_levels), ids(kept));
    shows("its principal", changed.deploy_access_levels[3], { access_level: null, group_id: another.id });
  });

  await step(`${level}: destroy and re-create entries at once`, async () => {
    const deployAccessLevels = [
      { id: role.id, accessLevel: 40 },
      { id: user.id, userId: person.id, _destroy: true },
      { userId: person.id },
      { id: kept[3].id, _destroy: true },
    ];
    const left = (await edit({ deployAccessLevels })).deploy_access_levels;
    same("ids kept", ids(left).slice(0, 2), [role.id, operators.id]);
    same("entries", left.length, 3);
    shows("created anew", left[2], { user_id: person.id, access_level: null });
    same("with an id of its own", ids(kept).includes(left[2].id), false);
  });

  await step(`${level}: add, change and destroy rules`, async () => {
    rules = (await edit({ approvalRules: [{ userId: person.id }] })).approval_rules;
    same("rules before", rules.slice(0, 2), [first, second]);
    shows("new rule", rules[2], { user_id: person.id, access_level: null, required_approvals: 1 });
    const approvalRules = [{ id: first.id, requiredApprovals: 3 }, { id: second.id, _destroy: true }];
    const left = (await edit({ approvalRules })).approval_rules;
    same("rules left", left, [{ ...first, required_approvals: 3 }, rules[2]]);
    rules = left;
  });

  await step(`${level}: the unified count in place of rules`, async () => {
    const approvalRules = rules.map((rule) => ({ id: rule.id, _destroy: true }));
    changed = await edit({ approvalRules, requiredApprovalCount: 1 });
    shows("rules and count", changed, { approval_rules: [], required_approval_count: 1 });
    same("read again", (await show()).required_approval_count, 1);
  });

  await step(`${level}: changes that are refused`, async () => {
    await refused(409, "already", () => resource.create(id, name, [{ accessLevel: 40 }]));
    await refused(400, "deploy_access_levels", () => resource.create(id, "staging", []));
    await refused(400, "access_level", () => resource.create(id, "staging", [{ accessLevel: 31 }]));
    await refused(422, "user_id", () => resource.create(id, "staging", [{ userId: stranger.id }]));
    await refused(400, "", () => edit({ deployAccessLevels: [{ accessLevel: 40 }] }));
    await refused(404, "", () => edit({ deployAccessLevels: [{ id: 99999999, _destroy: true }] }));
    same("nothing changed", await show(), changed);
  });

  await step(`${level}: unprotect ${name}`, async () => {
    await resource.remove(id, name);
    await refused(404, "404", show);
    same("all of that name", await withThatName(), []);
  });
}
