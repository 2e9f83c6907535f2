# frozen_string_literal: true

# The protected environments of a project or a group. The gem has no methods for them, so it is used as people do then: by
# its methods for any path.
class Protections
  attr_reader :level

  def initialize(client, level, id)
    @client = client
    @level = level
    @path = "/#{level}s/#{id}/protected_environments"
  end

  def create(name, **settings) = @client.post(@path, body: { name: name, **settings })
  def get(name) = @client.get(at(name))
  def list = @client.get(@path).auto_paginate
  def update(name, **settings) = @client.put(at(name), body: settings)
  def delete(name) = @client.delete(at(name))

  private

  def at(name) = "#{@path}/#{@client.url_encode(name)}"
end

# A row of a form. All rows have all names, since a form says where a row ends only by repeating a name.
def row(**values)
  { id: nil, access_level: nil, user_id: nil, group_id: nil, required_approvals: nil, _destroy: nil, **values }
end

def access(**values)
  row(group_inheritance_type: nil, **values).except(:required_approvals)
end

def hashes(rows) = rows.map(&:to_h)
def ids(rows) = rows.map(&:id)

# Creates, reads, changes in every way and deletes the protection of that name. `person`, `group` and `another` group can be
# named in it, `stranger` cannot.
def life(at, name, person:, group:, another:, stranger:)
  role_is = { access_level: 40, user_id: nil, group_id: nil }
  made = kept = rules = changed = nil

  step "#{at.level}: protect #{name}" do
    entries = [access(access_level: 40), access(user_id: person.id), access(group_id: group.id, group_inheritance_type: 1)]
    rules = [row(group_id: another.id, required_approvals: 2), row(access_level: 40)]
    made = at.create(name, deploy_access_levels: entries, approval_rules: rules)
    same "name", made.name, name
    role, user, operators = made.deploy_access_levels
    shows "a role", role, { **role_is, access_level_description: "Maintainers", group_inheritance_type: 0 }
    shows "a user", user, { access_level: nil, user_id: person.id, group_id: nil }
    same "a user's description", user.access_level_description, person.name
    shows "a group", operators, { access_level: nil, user_id: nil, group_id: group.id }
    shows "a group", operators, { access_level_description: group.name, group_inheritance_type: 1 }
    first, second = made.approval_rules
    shows "first rule", first, { access_level: nil, group_id: another.id, required_approvals: 2 }
    shows "second rule", second, { **role_is, required_approvals: 1, access_level_description: "Maintainers" }
    same "unified count", made.required_approval_count, 0
  end
  role, user, operators = made.deploy_access_levels
  first, second = made.approval_rules

  step "#{at.level}: read and list #{name}" do
    same "read again", at.get(name).to_h, made.to_h
    same "all of that name", hashes(at.list.select { |one| one.name == name }), [made.to_h]
  end

  step "#{at.level}: add deploy entries" do
    changed = at.update(name, deploy_access_levels: [access(access_level: 30)])
    kept = changed.deploy_access_levels
    same "entries before", hashes(kept[0, 3]), hashes(made.deploy_access_levels)
    shows "new entry", kept[3], { access_level: 30, access_level_description: "Developers + Maintainers" }
    same "rules untouched", hashes(changed.approval_rules), hashes(made.approval_rules)
  end

  step "#{at.level}: change a deploy entry" do
    changed = at.update(name, deploy_access_levels: [access(id: kept[3].id, group_id: another.id)])
    same "ids", ids(changed.deploy_access_levels), ids(kept)
    shows "its principal", changed.deploy_access_levels[3], { access_level: nil, group_id: another.id }
  end

  step "#{at.level}: destroy and re-create entries at once" do
    wanted = [
      access(id: role.id, access_level: 40), access(id: user.id, user_id: person.id, _destroy: true),
      access(user_id: person.id), access(id: kept[3].id, _destroy: true)
    ]
    left = at.update(name, deploy_access_levels: wanted).deploy_access_levels
    same "ids kept", ids(left)[0, 2], [role.id, operators.id]
    same "entries", left.size, 3
    shows "created anew", left[2], { user_id: person.id, access_level: nil }
    same "with an id of its own", ids(kept).include?(left[2].id), false
  end

  step "#{at.level}: add, change and destroy rules" do
    rules = at.update(name, approval_rules: [row(user_id: person.id)]).approval_rules
    same "rules before", hashes(rules[0, 2]), hashes([first, second])
    shows "new rule", rules[2], { user_id: person.id, access_level: nil, required_approvals: 1 }
    wanted = [row(id: first.id, required_approvals: 3), row(id: second.id, _destroy: true)]
    left = at.update(name, approval_rules: wanted).approval_rules
    same "rules left", hashes(left), [{ **first.to_h, "required_approvals" => 3 }, rules[2].to_h]
    rules = left
  end

  step "#{at.level}: the unified count in place of rules" do
    wanted = rules.map { |rule| row(id: rule.id, _destroy: true) }
    changed = at.update(name, approval_rules: wanted, required_approval_count: 1)
    shows "rules and count", changed, { approval_rules: [], required_approval_count: 1 }
    same "read again", at.get(name).required_approval_count, 1
  end

  step "#{at.level}: changes that are refused" do
    at_staging = ->(**values) { at.create("staging", deploy_access_levels: [access(**values)]) }
    again = { deploy_access_levels: [access(access_level: 40)] }
    refused(Gitlab::Error::Conflict, "already") { at.create(name, **again) }
    refused(Gitlab::Error::BadRequest, "deploy_access_levels") { at.create("staging", deploy_access_levels: []) }
    refused(Gitlab::Error::BadRequest, "access_level") { at_staging.call(access_level: 31) }
    refused(Gitlab::Error::Unprocessable, "user_id") { at_staging.call(user_id: stranger.id) }
    refused(Gitlab::Error::BadRequest, "") { at.update(name, **again) }
    refused(Gitlab::Error::NotFound, "404") { at.update(name, deploy_access_levels: [access(id: 99_999_999, _destroy: true)]) }
    same "nothing changed", at.get(name).to_h, changed.to_h
  end

  step "#{at.level}: unprotect #{name}" do
    at.delete(name)
    refused(Gitlab::Error::NotFound, "404") { at.get(name) }
    same "all of that name", at.list.select { |one| one.name == name }, []
  end
end
