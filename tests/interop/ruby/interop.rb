# frozen_string_literal: true

# The life of protected environments as the gem gitlab plays it. Needs COUNTERSIGN_URL, COUNTERSIGN_LIMITED_URL (a server that
# lets each token make few requests a second) and COUNTERSIGN_TOKEN, the first administrator's on both.

require_relative "check"
require_relative "protections"
require "date"

include Gitlab::Error

ROOT_TOKEN = ENV.fetch("COUNTERSIGN_TOKEN")
SHA = "0123456789abcdef0123456789abcdef01234567"
REPORTER, DEVELOPER, MAINTAINER, OWNER = 20, 30, 40, 50
ROWS = 251

Person = Struct.new(:id, :name, :username, :client)
root = sign_in(ROOT_TOKEN)

make_token = lambda do |user, name, scope, **more|
  root.post("/users/#{user.id}/personal_access_tokens", body: { name: name, scopes: [scope], **more })
end

make_person = lambda do |name|
  username = "#{LIBRARY}-#{name}"
  more = { name: "#{name} of #{LIBRARY}", skip_confirmation: true }
  user = root.create_user("#{username}@example.com", "correct horse battery staple", username, more)
  Person.new(user.id, user.name, username, sign_in(make_token.(user, "interop", "api").token))
end

usernames = ->(rows) { rows.auto_paginate.map(&:username).sort }

step "say who is there" do
  same "an edition with protected environments", root.version.version.end_with?("-ee"), true
  shows "me", root.user, { id: 1, username: "root", is_admin: true, state: "active" }
end

lead = dev = qa = sec1 = sec2 = stranger = nil
step "people" do
  lead, dev, qa, sec1, sec2, stranger = %w[lead dev qa sec1 sec2 stranger].map(&make_person)
  shows "signed in", dev.client.user, { id: dev.id, username: dev.username }
  found = root.users(username: dev.username)
  same "found by name", found.map { |user| [user.id, user.email] }, [[dev.id, "#{dev.username}@example.com"]]
  root.edit_user(dev.id, note: "on call")
  same "changed", root.user(dev.id).note, "on call"
  root.block_user(stranger.id)
  same "blocked", root.user(stranger.id).state, "blocked"
  refused(Forbidden, "blocked") { stranger.client.user }
  root.unblock_user(stranger.id)
  same "unblocked", root.user(stranger.id).state, "active"
end

step "tokens" do
  expires_at = (Date.today + 30).iso8601
  made = make_token.(dev, "second", "read_api", expires_at: expires_at)
  shows "made", made, { user_id: dev.id, scopes: ["read_api"], active: true, revoked: false, expires_at: expires_at }
  itself = sign_in(made.token).get("/personal_access_tokens/self")
  same "read by itself", [itself.id, itself.to_h.key?("token")], [made.id, false]
  listed = root.get("/personal_access_tokens", query: { user_id: dev.id })
  same "listed", listed.map(&:name).sort, %w[interop second]
  rotated = root.post("/personal_access_tokens/#{made.id}/rotate")
  same "rotated", [rotated.name, rotated.id != made.id, rotated.token != made.token], ["second", true, true]
  third = sign_in(rotated.token)
  same "the new one works", third.user.id, dev.id
  root.delete("/personal_access_tokens/#{rotated.id}")
  refused(Unauthorized, "revoked") { third.user }
end

step "act for somebody else" do
  same "by name", sign_in(ROOT_TOKEN, sudo: dev.username).user.id, dev.id
  same "by id", ids(sign_in(ROOT_TOKEN, sudo: dev.id).users(username: dev.username)), [dev.id]
  # The gem asks in that name for every client, until the next one is made.
  same "no longer", sign_in(ROOT_TOKEN).user.id, 1
  refused(Forbidden, "Must be admin to use sudo") { dev.client.get("/user", query: { sudo: lead.id }) }
end

org = ops = testers = security = outside = nil
step "groups" do
  org = root.create_group("#{LIBRARY} org", "#{LIBRARY}-org", visibility: "private")
  ops, testers, security = %w[ops testers security].map do |name|
    root.create_group("#{name} of #{LIBRARY}", name, parent_id: org.id)
  end
  outside = root.create_group("#{LIBRARY} outside", "#{LIBRARY}-outside")
  shows "made", testers, { full_path: "#{LIBRARY}-org/testers", parent_id: org.id }
  root.edit_group(org.id, description: "ships things")
  same "read by path", root.group("#{LIBRARY}-org").description, "ships things"
  same "subgroups", ids(root.group_subgroups(org.id)).sort, ids([ops, testers, security])
  same "found", ids(root.group_search("#{LIBRARY}-outside")), [outside.id]
  moved = root.post("/groups/#{outside.id}/transfer", body: { group_id: org.id })
  same "moved", moved.full_path, "#{LIBRARY}-org/#{LIBRARY}-outside"
  same "moved to the top", root.post("/groups/#{outside.id}/transfer").full_path, "#{LIBRARY}-outside"
end

step "members" do
  [
    [org, lead, MAINTAINER], [org, dev, REPORTER], [ops, dev, DEVELOPER], [testers, qa, DEVELOPER],
    [security, sec1, DEVELOPER], [security, sec2, DEVELOPER], [ops, stranger, REPORTER]
  ].each do |group, person, role|
    made = root.add_group_member(group.id, person.id, role)
    shows "made", made, { id: person.id, access_level: role, expires_at: nil }
  end
  root.edit_group_member(org.id, dev.id, DEVELOPER)
  same "changed", root.group_member(org.id, dev.id).access_level, DEVELOPER
  same "direct", usernames.(root.group_members(testers.id)), [qa.username, "root"].sort
  everybody = [qa.username, lead.username, dev.username, "root"].sort
  same "inherited too", usernames.(root.get("/groups/#{testers.id}/members/all")), everybody
  root.remove_group_member(ops.id, stranger.id)
  refused(NotFound, "404") { root.group_member(ops.id, stranger.id) }
end

project = nil
step "projects" do
  made = root.create_project("app", namespace_id: org.id, visibility: "private")
  project = root.project("#{LIBRARY}-org/app")
  shows "made", project, { id: made.id, path_with_namespace: "#{LIBRARY}-org/app", archived: false }
  settings = { description: "the app", allow_pipeline_trigger_approve_deployment: true }
  root.edit_project(project.id, settings)
  shows "changed", root.project(project.id), settings
  root.edit_project(project.id, allow_pipeline_trigger_approve_deployment: false)
  root.archive_project(project.id)
  same "archived", root.project(project.id).archived, true
  root.unarchive_project(project.id)
  same "moved", root.transfer_project(made.id, outside.id).path_with_namespace, "#{LIBRARY}-outside/app"
  same "and back", root.transfer_project(made.id, org.full_path).path_with_namespace, "#{LIBRARY}-org/app"
  root.add_team_member(project.id, sec1.id, REPORTER)
  same "its members", usernames.(root.team_members(project.id)), [sec1.username]
  root.remove_team_member(project.id, sec1.id)
  levels = lead.client.protected_branch(project.id, "main").push_access_levels.map(&:access_level)
  same "main is protected", levels, [MAINTAINER]
end

step "access tokens of a project and a group" do
  [["/projects/#{project.id}", DEVELOPER], ["/groups/#{org.id}", OWNER]].each do |at, role|
    made = root.post("#{at}/access_tokens", body: { name: "robot", scopes: ["api"], access_level: role })
    shows "made", made, { name: "robot", access_level: role, active: true, revoked: false }
    robot = sign_in(made.token)
    same "a bot", [robot.user.id, robot.user.bot], [made.user_id, true]
    same "listed", ids(root.get("#{at}/access_tokens", query: { state: "active" })), [made.id]
    rotated = root.post("#{at}/access_tokens/#{made.id}/rotate")
    same "rotated", [rotated.id != made.id, rotated.user_id], [true, made.user_id]
    again = sign_in(rotated.token).post("#{at}/access_tokens/self/rotate")
    root.delete("#{at}/access_tokens/#{again.id}")
    refused(Unauthorized, "revoked") { sign_in(again.token).user }
    same "remembered", root.get("#{at}/access_tokens/#{again.id}").revoked, true
  end
end

step "trigger tokens" do
  triggered = root.create_project("triggered", namespace_id: org.id).id
  step = { action: "create", file_path: ".gitlab-ci.yml", content: "job: {only: [triggers], script: [echo]}" }
  root.create_commit(triggered, "main", "Begin", [step])
  made = lead.client.create_trigger(triggered, "nightly")
  shows "made", made, { description: "nightly", last_used: nil }
  same "of whoever made it", made.owner.id, lead.id
  lead.client.update_trigger(triggered, made.id, description: "weekly")
  shown = lead.client.trigger(triggered, made.id)
  same "shown in short", [shown.description, shown.token.length], ["weekly", 4]
  pipeline = stranger.client.run_trigger(triggered, made.token, "main", WHY: "because")
  same "a pipeline of its owner", [pipeline.source, pipeline.ref, pipeline.user.id], ["trigger", "main", lead.id]
  same "used", lead.client.triggers(triggered).first.last_used.nil?, false
  refused(NotFound, "404") { lead.client.run_trigger(triggered, "glptt-nobody-has-this-one", "main") }
  lead.client.remove_trigger(triggered, made.id)
  refused(NotFound, "404") { lead.client.run_trigger(triggered, made.token, "main") }
  root.delete_project(triggered)
end

step "shares" do
  root.share_project_with_group(project.id, outside.id, DEVELOPER)
  shared = root.project(project.id).shared_with_groups
  same "shared", shared.map { |it| [it.group_id, it.group_access_level] }, [[outside.id, DEVELOPER]]
  body = { group_id: outside.id, group_access: REPORTER, expires_at: "2099-01-31" }
  root.post("/groups/#{org.id}/share", body: body)
  given = { group_id: outside.id, group_access_level: REPORTER, expires_at: "2099-01-31" }
  shows "a group's", root.group(org.id).shared_with_groups.first, given
  root.unshare_project_with_group(project.id, outside.id)
  root.delete("/groups/#{org.id}/share/#{outside.id}")
  same "no more", root.project(project.id).shared_with_groups + root.group(org.id).shared_with_groups, []
  [testers, security, ops].each { |group| root.share_project_with_group(project.id, group.id, REPORTER) }
end

step "environments" do
  theirs = dev.client
  made = theirs.create_environment(project.id, "review/one", external_url: "https://one.example.com")
  shows "made", made, { name: "review/one", state: "available", tier: "development" }
  same "found by name", ids(theirs.environments(project.id, name: "review/one")), [made.id]
  theirs.edit_environment(project.id, made.id, external_url: "https://two.example.com")
  same "changed", theirs.environment(project.id, made.id).external_url, "https://two.example.com"
  refused(Forbidden, "") { theirs.delete_environment(project.id, made.id) }
  same "stopped", theirs.stop_environment(project.id, made.id).state, "stopped"
  theirs.delete_environment(project.id, made.id)
  refused(NotFound, "404") { theirs.environment(project.id, made.id) }
end

step "variables" do
  mine = lead.client
  made = mine.create_variable(project.id, "TOKEN", "abcd1234", masked: true, environment_scope: "review/*")
  shows "made", made, { key: "TOKEN", value: "abcd1234", masked: true, environment_scope: "review/*" }
  changed = mine.update_variable(project.id, "TOKEN", "efgh5678", protected: true)
  shows "changed", changed, { value: "efgh5678", protected: true, variable_type: "env_var" }
  same "read", mine.variable(project.id, "TOKEN").value, "efgh5678"
  refused(BadRequest, "taken") { mine.create_variable(project.id, "TOKEN", "x", environment_scope: "review/*") }
  refused(Forbidden, "403") { dev.client.variables(project.id) }
  mine.remove_variable(project.id, "TOKEN")
  same "all gone", mine.variables(project.id).to_a, []
  root.create_group_variable(org.id, "FILE", "a\nb", variable_type: "file")
  same "a group's", root.group_variables(org.id).map { |row| [row.key, row.variable_type] }, [%w[FILE file]]
  root.remove_group_variable(org.id, "FILE")
  refused(NotFound, "404") { root.group_variable(org.id, "FILE") }
end

own = Protections.new(lead.client, "project", project.id)
["production", 'qa/eu west "1"'].each do |name|
  life(own, name, person: dev, group: ops, another: testers, stranger: stranger)
end
tiers = Protections.new(lead.client, "group", org.id)
life(tiers, "production", person: lead, group: ops, another: testers, stranger: stranger)

deployments = "/projects/#{project.id}/deployments"
report = lambda do |by, environment|
  body = { environment: environment, sha: SHA, ref: "main", tag: false, status: "running" }
  by.client.post(deployments, body: body)
end
seen_by = ->(person, it) { person.client.deployment(project.id, it.id) }
move = ->(person, it, status) { person.client.put("#{deployments}/#{it.id}", body: { status: status }) }
vote = lambda do |person, it, status, **more|
  person.client.post("#{deployments}/#{it.id}/approval", body: { status: status, **more })
end

step "deploy what nothing protects" do
  done = report.(dev, "staging")
  same "started", done.status, "running"
  move.(dev, done, "success")
  same "finished", seen_by.(dev, done).status, "success"
  environment = dev.client.environments(project.id, name: "staging").first
  same "last deployment", dev.client.environment(project.id, environment.id).last_deployment.id, done.id
end

held = nil
step "a deployment is blocked" do
  rules = [row(group_id: testers.id), row(group_id: security.id, required_approvals: 2)]
  tiers.create("production", deploy_access_levels: [{ group_id: ops.id }], approval_rules: rules)
  refused(Forbidden, "") { report.(lead, "production") }
  held = report.(dev, "production")
  shows "blocked", held, { status: "blocked", pending_approval_count: 3 }
  blocked = dev.client.deployments(project.id, status: "blocked", environment: "production")
  same "listed", blocked.map { |it| [it.id, it.iid] }, [[held.id, held.iid]]
  rules = seen_by.(lead, held).approval_summary.rules
  same "rules", rules.map { |it| [it.group_id, it.required_approvals] }, [[testers.id, 1], [security.id, 2]]
  refused(Forbidden, "") { move.(dev, held, "success") }
end

step "several people approve" do
  refused(Forbidden, "") { vote.(dev, held, "approved") }
  refused(NotFound, "404") { vote.(stranger, held, "approved") }
  refused(BadRequest, "status") { vote.(qa, held, "perhaps") }
  first = vote.(qa, held, "approved", comment: "tested")
  shows "vote", first, { status: "approved", comment: "tested" }
  same "voter", first.user.id, qa.id
  same "as", vote.(sec1, held, "approved", represented_as: security.name).represented_as, security.name
  shows "still", seen_by.(lead, held), { status: "blocked", pending_approval_count: 1 }
  vote.(sec2, held, "approved")
  now = seen_by.(lead, held)
  shows "approved", now, { status: "created", pending_approval_count: 0 }
  same "voters", now.approvals.map { |it| it.user.id }, [qa.id, sec1.id, sec2.id]
  refused(BadRequest, "") { vote.(qa, held, "approved") }
end

step "what was approved is deployed" do
  %w[running success].each do |status|
    move.(dev, held, status)
    same "status", seen_by.(dev, held).status, status
  end
  refused(BadRequest, "") { move.(dev, held, "success") }
end

step "a deployment is rejected" do
  lost = report.(dev, "production")
  same "vote", vote.(sec2, lost, "rejected", comment: "not on a Friday").status, "rejected"
  now = seen_by.(lead, lost)
  same "status", [now.status, now.approvals.first.comment], ["failed", "not on a Friday"]
  refused(Forbidden, "") { move.(dev, lost, "running") }
  all = dev.client.deployments(project.id, environment: "production", order_by: "id", sort: "desc")
  same "listed", all.map { |it| [it.id, it.status] }, [[lost.id, "failed"], [held.id, "success"]]
  lead.client.delete("#{deployments}/#{lost.id}")
  refused(NotFound, "404") { seen_by.(lead, lost) }
end

step "the unified count, and unprotecting" do
  own.create("canary", deploy_access_levels: [{ access_level: DEVELOPER }], required_approval_count: 1)
  first, second = Array.new(2) { report.(dev, "canary") }
  [first, second].each { |it| shows "blocked", it, { status: "blocked", pending_approval_count: 1 } }
  refused(Forbidden, "") { vote.(dev, first, "approved") }
  vote.(lead, first, "approved")
  own.delete("canary")
  same "approved, and set free", [first, second].map { |it| seen_by.(dev, it).status }, %w[created created]
end

many = root.create_group("#{LIBRARY} rows", "#{LIBRARY}-rows")
made = []
step "make #{ROWS} projects" do
  ROWS.times { |n| made << root.create_project("#{LIBRARY}-row-#{n}", namespace_id: many.id).id }
  same "ids of their own", made.uniq.size, ROWS
end

search = { order_by: "id", sort: "asc" }
find = ->(**how) { root.project_search("#{LIBRARY}-row-", **search, **how) }

step "walk them by page" do
  first = find.(per_page: 100)
  same "ids", ids(first.auto_paginate), made
  same "last page", ids(first.last_page), made[200..]
  same "and back", ids(first.next_page.prev_page), made[0, 100]
  same "some", ids(first.paginate_with_limit(150)), made[0, 150]
  same "of the group", root.group_projects(many.id, per_page: 7).auto_paginate.size, ROWS
end

step "walk them by key" do
  first = find.(per_page: 50, pagination: "keyset")
  same "no last page", [first.has_next_page?, first.has_last_page?], [true, false]
  same "ids", ids(first.auto_paginate), made
  same "downwards", ids(find.(pagination: "keyset", sort: "desc").auto_paginate), made.reverse
end

step "every kind of refusal" do
  refused(BadRequest, "name is missing") { root.post("/groups", body: { path: "x" }) }
  refused(BadRequest, "'path'") { root.create_group("x", "#{LIBRARY}-org") }
  refused(Unauthorized, "401 Unauthorized") { sign_in("glpat-nobody-has-this-one").user }
  refused(MissingCredentials, "private_token") { Gitlab::Client.new(endpoint: "#{URL}/api/v4", private_token: nil).user }
  refused(Forbidden, "403 Forbidden") { dev.client.create_user("x@example.com", "correct horse", "x", name: "x") }
  refused(Forbidden, "403 Forbidden") { dev.client.edit_project(project.id, name: "mine") }
  refused(NotFound, "404 Project Not Found") { stranger.client.project(project.id) }
  refused(NotFound, "404 Group Not Found") { stranger.client.group_members(org.id) }
  refused(NotFound, "404") { root.issue(project.id, 1) }
  refused(NotFound, "404") { root.transfer_project(project.id, 99_999_999) }
  refused(MethodNotAllowed, "405") { root.put("/version") }
  reader = make_token.(dev, "reader", "read_api").token
  refused(Forbidden, "requires higher privileges") { sign_in(reader).create_group("y", "y") }
end

step "a limit is run into" do
  limited = sign_in(ROOT_TOKEN, ENV.fetch("COUNTERSIGN_LIMITED_URL"))
  refused(TooManyRequests, "") { 200.times { same "me", limited.user.id, 1 } }
end

step "delete everything" do
  tiers.delete("production")
  root.delete_project(project.id)
  refused(NotFound, "404 Project Not Found") { root.project(project.id) }
  [org, outside, many].each do |group|
    root.delete_group(group.id)
    refused(NotFound, "404 Group Not Found") { root.group(group.id) }
  end
  refused(NotFound, "404") { root.group(testers.id) }
  root.delete_user(stranger.id)
  refused(NotFound, "404") { root.user(stranger.id) }
end

total
