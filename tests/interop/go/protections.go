package main

import (
	"slices"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

type (
	entry     = gitlab.EnvironmentAccessDescription
	rule      = gitlab.EnvironmentApprovalRule
	newEntry  = gitlab.EnvironmentAccessOptions
	newRule   = gitlab.EnvironmentApprovalRuleOptions
	entryEdit = gitlab.UpdateEnvironmentAccessOptions
	ruleEdit  = gitlab.UpdateEnvironmentApprovalRuleOptions
)

// protections are the protected environments of a project or of a group. The library has types of its own for groups, with
// the same fields; here both are told in those of projects.
type protections interface {
	level() string
	create(name string, entries []*newEntry, rules ...*newRule) (*gitlab.ProtectedEnvironment, *gitlab.Response, error)
	get(name string) (*gitlab.ProtectedEnvironment, *gitlab.Response, error)
	list() []*gitlab.ProtectedEnvironment
	update(name string, changes gitlab.UpdateProtectedEnvironmentsOptions) (*gitlab.ProtectedEnvironment, *gitlab.Response, error)
	remove(name string) (*gitlab.Response, error)
}

type ofProject struct {
	client *gitlab.Client
	id     int64
}

func (of ofProject) level() string { return "project" }

func (of ofProject) create(name string, entries []*newEntry, rules ...*newRule) (*gitlab.ProtectedEnvironment, *gitlab.Response, error) {
	return of.client.ProtectedEnvironments.ProtectRepositoryEnvironments(of.id, &gitlab.ProtectRepositoryEnvironmentsOptions{
		Name: &name, DeployAccessLevels: &entries, ApprovalRules: &rules,
	})
}

func (of ofProject) get(name string) (*gitlab.ProtectedEnvironment, *gitlab.Response, error) {
	return of.client.ProtectedEnvironments.GetProtectedEnvironment(of.id, name)
}

func (of ofProject) list() []*gitlab.ProtectedEnvironment {
	return must(of.client.ProtectedEnvironments.ListProtectedEnvironments(of.id, nil))
}

func (of ofProject) update(name string, changes gitlab.UpdateProtectedEnvironmentsOptions) (*gitlab.ProtectedEnvironment, *gitlab.Response, error) {
	return of.client.ProtectedEnvironments.UpdateProtectedEnvironments(of.id, name, &changes)
}

func (of ofProject) remove(name string) (*gitlab.Response, error) {
	return of.client.ProtectedEnvironments.UnprotectEnvironment(of.id, name)
}

type ofGroup struct {
	client *gitlab.Client
	id     int64
}

func (of ofGroup) level() string { return "group" }

func (of ofGroup) create(name string, entries []*newEntry, rules ...*newRule) (*gitlab.ProtectedEnvironment, *gitlab.Response, error) {
	rows := each(entries, func(it *newEntry) *gitlab.GroupEnvironmentAccessOptions {
		return (*gitlab.GroupEnvironmentAccessOptions)(it)
	})
	needed := each(rules, func(it *newRule) *gitlab.GroupEnvironmentApprovalRuleOptions {
		return (*gitlab.GroupEnvironmentApprovalRuleOptions)(it)
	})
	return told(of.client.GroupProtectedEnvironments.ProtectGroupEnvironment(of.id, &gitlab.ProtectGroupEnvironmentOptions{
		Name: &name, DeployAccessLevels: &rows, ApprovalRules: &needed,
	}))
}

func (of ofGroup) get(name string) (*gitlab.ProtectedEnvironment, *gitlab.Response, error) {
	return told(of.client.GroupProtectedEnvironments.GetGroupProtectedEnvironment(of.id, name))
}

func (of ofGroup) list() []*gitlab.ProtectedEnvironment {
	rows := must(of.client.GroupProtectedEnvironments.ListGroupProtectedEnvironments(of.id, nil))
	return each(rows, func(it *gitlab.GroupProtectedEnvironment) *gitlab.ProtectedEnvironment {
		return must(told(it, nil, nil))
	})
}

func (of ofGroup) update(name string, changes gitlab.UpdateProtectedEnvironmentsOptions) (*gitlab.ProtectedEnvironment, *gitlab.Response, error) {
	edit := gitlab.UpdateGroupProtectedEnvironmentOptions{RequiredApprovalCount: changes.RequiredApprovalCount}
	if changes.DeployAccessLevels != nil {
		edit.DeployAccessLevels = gitlab.Ptr(each(*changes.DeployAccessLevels, func(it *entryEdit) *gitlab.UpdateGroupEnvironmentAccessOptions {
			return (*gitlab.UpdateGroupEnvironmentAccessOptions)(it)
		}))
	}
	if changes.ApprovalRules != nil {
		edit.ApprovalRules = gitlab.Ptr(each(*changes.ApprovalRules, func(it *ruleEdit) *gitlab.UpdateGroupEnvironmentApprovalRuleOptions {
			return (*gitlab.UpdateGroupEnvironmentApprovalRuleOptions)(it)
		}))
	}
	return told(of.client.GroupProtectedEnvironments.UpdateGroupProtectedEnvironment(of.id, name, &edit))
}

func (of ofGroup) remove(name string) (*gitlab.Response, error) {
	return of.client.GroupProtectedEnvironments.UnprotectGroupEnvironment(of.id, name)
}

// told is a group's protected environment in the types of a project's.
func told(group *gitlab.GroupProtectedEnvironment, response *gitlab.Response, err error) (*gitlab.ProtectedEnvironment, *gitlab.Response, error) {
	if err != nil {
		return nil, response, err
	}
	return &gitlab.ProtectedEnvironment{
		Name:                  group.Name,
		RequiredApprovalCount: group.RequiredApprovalCount,
		DeployAccessLevels:    each(group.DeployAccessLevels, func(it *gitlab.GroupEnvironmentAccessDescription) *entry { return (*entry)(it) }),
		ApprovalRules:         each(group.ApprovalRules, func(it *gitlab.GroupEnvironmentApprovalRule) *rule { return (*rule)(it) }),
	}, response, nil
}

// principals are who and what can be named in a protection, and a stranger who cannot.
type principals struct {
	person         person
	group, another *gitlab.Group
	stranger       person
}

func entryIDs(rows []*entry) []int64 { return each(rows, func(it *entry) int64 { return it.ID }) }

// life creates, reads, changes in every way and deletes the protection of that name. In this library's types an absent
// principal is 0.
func life(at protections, name string, who principals) {
	role, developers, destroy := gitlab.Ptr(gitlab.MaintainerPermissions), gitlab.Ptr(gitlab.DeveloperPermissions), gitlab.Ptr(true)
	change := func(changes gitlab.UpdateProtectedEnvironmentsOptions) *gitlab.ProtectedEnvironment {
		return must(at.update(name, changes))
	}
	entries := func(rows ...*entryEdit) gitlab.UpdateProtectedEnvironmentsOptions {
		return gitlab.UpdateProtectedEnvironmentsOptions{DeployAccessLevels: &rows}
	}
	withThatName := func() []*gitlab.ProtectedEnvironment {
		return slices.DeleteFunc(at.list(), func(it *gitlab.ProtectedEnvironment) bool { return it.Name != name })
	}
	var made, changed *gitlab.ProtectedEnvironment
	var kept []*entry
	var rules []*rule

	step(at.level()+": protect "+name, func() {
		made = must(at.create(name,
			[]*newEntry{
				{AccessLevel: role}, {UserID: &who.person.id}, {GroupID: &who.group.ID, GroupInheritanceType: gitlab.Ptr[int64](1)},
			},
			&newRule{GroupID: &who.another.ID, RequiredApprovalCount: gitlab.Ptr[int64](2)}, &newRule{AccessLevel: role},
		))
		same("name", made.Name, name)
		ids := entryIDs(made.DeployAccessLevels)
		same("entries", made.DeployAccessLevels, []*entry{
			{ID: ids[0], AccessLevel: *role, AccessLevelDescription: "Maintainers"},
			{ID: ids[1], UserID: who.person.id, AccessLevelDescription: who.person.name},
			{ID: ids[2], GroupID: who.group.ID, AccessLevelDescription: who.group.Name, GroupInheritanceType: 1},
		})
		first, second := made.ApprovalRules[0].ID, made.ApprovalRules[1].ID
		same("rules", made.ApprovalRules, []*rule{
			{ID: first, GroupID: who.another.ID, AccessLevelDescription: who.another.Name, RequiredApprovalCount: 2},
			{ID: second, AccessLevel: *role, AccessLevelDescription: "Maintainers", RequiredApprovalCount: 1},
		})
		same("unified count", made.RequiredApprovalCount, 0)
	})
	byRole, byUser, byGroup := made.DeployAccessLevels[0], made.DeployAccessLevels[1], made.DeployAccessLevels[2]
	first, second := made.ApprovalRules[0], made.ApprovalRules[1]

	step(at.level()+": read and list "+name, func() {
		same("read again", must(at.get(name)), made)
		same("all of that name", withThatName(), []*gitlab.ProtectedEnvironment{made})
	})

	step(at.level()+": add deploy entries", func() {
		changed = change(entries(&entryEdit{AccessLevel: developers}))
		kept = changed.DeployAccessLevels
		same("entries before", kept[:3], made.DeployAccessLevels)
		expected := &entry{ID: kept[3].ID, AccessLevel: *developers, AccessLevelDescription: "Developers + Maintainers"}
		same("new entry", kept[3], expected)
		same("rules untouched", changed.ApprovalRules, made.ApprovalRules)
	})

	step(at.level()+": change a deploy entry", func() {
		changed = change(entries(&entryEdit{ID: &kept[3].ID, GroupID: &who.another.ID}))
		same("ids", entryIDs(changed.DeployAccessLevels), entryIDs(kept))
		expected := &entry{ID: kept[3].ID, GroupID: who.another.ID, AccessLevelDescription: who.another.Name}
		same("its principal", changed.DeployAccessLevels[3], expected)
	})

	step(at.level()+": destroy and re-create entries at once", func() {
		left := change(entries(
			&entryEdit{ID: &byRole.ID, AccessLevel: role},
			&entryEdit{ID: &byUser.ID, UserID: &who.person.id, Destroy: destroy},
			&entryEdit{UserID: &who.person.id},
			&entryEdit{ID: &kept[3].ID, Destroy: destroy},
		)).DeployAccessLevels
		same("entries", len(left), 3)
		same("kept", left[:2], []*entry{byRole, byGroup})
		same("created anew", left[2], &entry{ID: left[2].ID, UserID: who.person.id, AccessLevelDescription: who.person.name})
		same("with an id of its own", slices.Contains(entryIDs(kept), left[2].ID), false)
	})

	step(at.level()+": add, change and destroy rules", func() {
		added := gitlab.UpdateProtectedEnvironmentsOptions{ApprovalRules: &[]*ruleEdit{{UserID: &who.person.id}}}
		rules = change(added).ApprovalRules
		same("rules before", rules[:2], []*rule{first, second})
		expected := &rule{ID: rules[2].ID, UserID: who.person.id, AccessLevelDescription: who.person.name, RequiredApprovalCount: 1}
		same("new rule", rules[2], expected)
		edits := []*ruleEdit{{ID: &first.ID, RequiredApprovalCount: gitlab.Ptr[int64](3)}, {ID: &second.ID, Destroy: destroy}}
		left := change(gitlab.UpdateProtectedEnvironmentsOptions{ApprovalRules: &edits}).ApprovalRules
		stricter := *first
		stricter.RequiredApprovalCount = 3
		same("rules left", left, []*rule{&stricter, rules[2]})
		rules = left
	})

	step(at.level()+": the unified count in place of rules", func() {
		edits := each(rules, func(it *rule) *ruleEdit { return &ruleEdit{ID: &it.ID, Destroy: destroy} })
		one := gitlab.Ptr[int64](1)
		changed = change(gitlab.UpdateProtectedEnvironmentsOptions{ApprovalRules: &edits, RequiredApprovalCount: one})
		same("rules", changed.ApprovalRules, []*rule{})
		same("count", changed.RequiredApprovalCount, 1)
		same("read again", must(at.get(name)), changed)
	})

	step(at.level()+": changes that are refused", func() {
		maintainers := []*newEntry{{AccessLevel: role}}
		unknown := gitlab.AccessLevelValue(31)
		refused(409, "already", from(at.create(name, maintainers)))
		refused(400, "deploy_access_levels", from(at.create("staging", []*newEntry{})))
		refused(400, "access_level", from(at.create("staging", []*newEntry{{AccessLevel: &unknown}})))
		refused(422, "user_id", from(at.create("staging", []*newEntry{{UserID: &who.stranger.id}})))
		refused(400, "", from(at.update(name, entries(&entryEdit{AccessLevel: role}))))
		refused(404, "", from(at.update(name, entries(&entryEdit{ID: gitlab.Ptr[int64](99999999), Destroy: destroy}))))
		same("nothing changed", must(at.get(name)), changed)
	})

	step(at.level()+": unprotect "+name, func() {
		done(at.remove(name))
		refused(404, "", from(at.get(name)))
		same("all of that name", withThatName(), []*gitlab.ProtectedEnvironment{})
	})
}
