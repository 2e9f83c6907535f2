// The life of protected environments as the Go client library plays it. Needs COUNTERSIGN_URL, COUNTERSIGN_LIMITED_URL (a
// server that lets each token make few requests a second) and COUNTERSIGN_TOKEN, the first administrator's on both.
package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

const (
	sha  = "0123456789abcdef0123456789abcdef01234567"
	rows = 251
	none = int64(99999999)
)

var (
	url       = os.Getenv("COUNTERSIGN_URL")
	rootToken = os.Getenv("COUNTERSIGN_TOKEN")
	root      = signIn(rootToken, url)
)

type person struct {
	id             int64
	name, username string
	client         *gitlab.Client
}

// deployment has what the library's own type leaves out.
type deployment struct {
	Status          string `json:"status"`
	Pending         int64  `json:"pending_approval_count"`
	ApprovalSummary struct {
		Rules []*rule `json:"rules"`
	} `json:"approval_summary"`
	Approvals []struct {
		User          gitlab.BasicUser `json:"user"`
		Status        string           `json:"status"`
		Comment       string           `json:"comment"`
		RepresentedAs string           `json:"represented_as"`
	} `json:"approvals"`
}

func makeToken(user int64, name, scope string, expires *gitlab.ISOTime) *gitlab.PersonalAccessToken {
	options := gitlab.CreatePersonalAccessTokenOptions{Name: &name, Scopes: &[]string{scope}, ExpiresAt: expires}
	return must(root.Users.CreatePersonalAccessToken(user, &options))
}

func makePerson(name string) person {
	username := library + "-" + name
	user := must(root.Users.CreateUser(&gitlab.CreateUserOptions{
		Username: &username, Name: gitlab.Ptr(name + " of " + library), Email: gitlab.Ptr(username + "@example.com"),
		ForceRandomPassword: gitlab.Ptr(true), SkipConfirmation: gitlab.Ptr(true),
	}))
	return person{user.ID, user.Name, username, signIn(makeToken(user.ID, "interop", "api", nil).Token, url)}
}

func projectIDs(rows []*gitlab.Project) []int64 {
	return each(rows, func(it *gitlab.Project) int64 { return it.ID })
}

func main() {
	step("say who is there", func() {
		metadata := must(root.Metadata.GetMetadata())
		same("an edition with protected environments", metadata.Enterprise && strings.HasSuffix(metadata.Version, "-ee"), true)
		me := must(root.Users.CurrentUser())
		same("me", []any{me.ID, me.Username, me.IsAdmin, me.State}, []any{int64(1), "root", true, "active"})
	})

	var lead, dev, qa, sec1, sec2, stranger person
	step("people", func() {
		for name, one := range map[string]*person{
			"lead": &lead, "dev": &dev, "qa": &qa, "sec1": &sec1, "sec2": &sec2, "stranger": &stranger,
		} {
			*one = makePerson(name)
		}
		me := must(dev.client.Users.CurrentUser())
		same("signed in", []any{me.ID, me.Username}, []any{dev.id, dev.username})
		found := must(root.Users.ListUsers(&gitlab.ListUsersOptions{Username: &dev.username}))
		emails := each(found, func(it *gitlab.User) string { return it.Email })
		same("found by name", emails, []string{dev.username + "@example.com"})
		must(root.Users.ModifyUser(dev.id, &gitlab.ModifyUserOptions{Note: gitlab.Ptr("on call")}))
		state := func(user int64) string { return must(root.Users.GetUser(user, nil)).State }
		same("changed", must(root.Users.GetUser(dev.id, nil)).Note, "on call")
		done(root.Users.BlockUser(stranger.id))
		same("blocked", state(stranger.id), "blocked")
		refused(403, "blocked", from(stranger.client.Users.CurrentUser()))
		done(root.Users.UnblockUser(stranger.id))
		done(root.Users.BanUser(stranger.id))
		same("banned", state(stranger.id), "banned")
		done(root.Users.UnbanUser(stranger.id))
		same("unbanned", state(stranger.id), "active")
		same("nobody to unblock", fromNone(root.Users.UnblockUser(none)), gitlab.ErrUserNotFound)
		same("not to unblock", fromNone(dev.client.Users.UnblockUser(stranger.id)), gitlab.ErrUserUnblockPrevented)
	})

	step("tokens", func() {
		expires := gitlab.ISOTime(time.Now().UTC().AddDate(0, 1, 0).Truncate(24 * time.Hour))
		made := makeToken(dev.id, "second", "read_api", &expires)
		same("made", []any{made.UserID, made.Scopes, made.Active, made.Revoked}, []any{dev.id, []string{"read_api"}, true, false})
		same("ends", made.ExpiresAt.String(), expires.String())
		itself := must(signIn(made.Token, url).PersonalAccessTokens.GetSinglePersonalAccessToken())
		same("read by itself", []any{itself.ID, itself.Token}, []any{made.ID, ""})
		listed := must(root.PersonalAccessTokens.ListPersonalAccessTokens(&gitlab.ListPersonalAccessTokensOptions{UserID: &dev.id}))
		names := each(listed, func(it *gitlab.PersonalAccessToken) string { return it.Name })
		same("listed", sorted(names...), []string{"interop", "second"})
		rotated := must(root.PersonalAccessTokens.RotatePersonalAccessTokenByID(made.ID, nil))
		same("rotated", []any{rotated.Name, rotated.ID != made.ID, rotated.Token != made.Token}, []any{"second", true, true})
		third := signIn(rotated.Token, url)
		same("the new one works", must(third.Users.CurrentUser()).ID, dev.id)
		done(root.PersonalAccessTokens.RevokePersonalAccessTokenByID(rotated.ID))
		refused(401, "invalid_token", from(third.Users.CurrentUser()))
	})

	step("act for somebody else", func() {
		same("by name", must(root.Users.CurrentUser(gitlab.WithSudo(dev.username))).ID, dev.id)
		same("by id", must(root.Users.CurrentUser(gitlab.WithSudo(int(dev.id)))).ID, dev.id)
		refused(403, "Must be admin to use sudo", from(dev.client.Users.CurrentUser(gitlab.WithSudo(lead.username))))
	})

	var org, ops, testers, security, outside *gitlab.Group
	step("groups", func() {
		group := func(name, path string, parent *int64) *gitlab.Group {
			options := gitlab.CreateGroupOptions{Name: &name, Path: &path, ParentID: parent, Visibility: gitlab.Ptr(gitlab.PrivateVisibility)}
			return must(root.Groups.CreateGroup(&options))
		}
		org = group(library+" org", library+"-org", nil)
		ops, testers, security = group("ops of go", "ops", &org.ID), group("testers of go", "testers", &org.ID), group("security of go", "security", &org.ID)
		outside = group(library+" outside", library+"-outside", nil)
		same("made", []any{testers.FullPath, testers.ParentID}, []any{library + "-org/testers", org.ID})
		must(root.Groups.UpdateGroup(org.ID, &gitlab.UpdateGroupOptions{Description: gitlab.Ptr("ships things")}))
		same("read by path", must(root.Groups.GetGroup(library+"-org", nil)).Description, "ships things")
		ids := func(rows []*gitlab.Group) []int64 { return each(rows, func(it *gitlab.Group) int64 { return it.ID }) }
		subgroups := ids(must(root.Groups.ListSubGroups(org.ID, nil)))
		slices.Sort(subgroups)
		same("subgroups", subgroups, []int64{ops.ID, testers.ID, security.ID})
		same("found", ids(must(root.Groups.SearchGroup(library+"-outside"))), []int64{outside.ID})
		moved := must(root.Groups.TransferSubGroup(outside.ID, &gitlab.TransferSubGroupOptions{GroupID: &org.ID}))
		same("moved", moved.FullPath, library+"-org/"+library+"-outside")
		moved = must(root.Groups.TransferSubGroup(outside.ID, &gitlab.TransferSubGroupOptions{}))
		same("moved to the top", moved.FullPath, library+"-outside")
	})

	const reporter, developer, maintainer = gitlab.ReporterPermissions, gitlab.DeveloperPermissions, gitlab.MaintainerPermissions
	step("members", func() {
		for _, it := range []struct {
			group *gitlab.Group
			who   person
			role  gitlab.AccessLevelValue
		}{
			{org, lead, maintainer}, {org, dev, reporter}, {ops, dev, developer}, {testers, qa, developer},
			{security, sec1, developer}, {security, sec2, developer}, {ops, stranger, reporter},
		} {
			made := must(root.GroupMembers.AddGroupMember(it.group.ID, &gitlab.AddGroupMemberOptions{UserID: &it.who.id, AccessLevel: &it.role}))
			same("made", []any{made.ID, made.AccessLevel, made.ExpiresAt == nil}, []any{it.who.id, it.role, true})
		}
		must(root.GroupMembers.EditGroupMember(org.ID, dev.id, &gitlab.EditGroupMemberOptions{AccessLevel: gitlab.Ptr(developer)}))
		same("changed", must(root.GroupMembers.GetGroupMember(org.ID, dev.id)).AccessLevel, developer)
		usernames := func(rows []*gitlab.GroupMember) []string {
			return sorted(each(rows, func(it *gitlab.GroupMember) string { return it.Username })...)
		}
		same("direct", usernames(must(root.Groups.ListGroupMembers(testers.ID, nil))), sorted(qa.username, "root"))
		everybody := sorted(qa.username, lead.username, dev.username, "root")
		same("inherited too", usernames(must(root.Groups.ListAllGroupMembers(testers.ID, nil))), everybody)
		done(root.GroupMembers.RemoveGroupMember(ops.ID, stranger.id, nil))
		refused(404, "", from(root.GroupMembers.GetGroupMember(ops.ID, stranger.id)))
	})

	var project *gitlab.Project
	step("projects", func() {
		made := must(root.Projects.CreateProject(&gitlab.CreateProjectOptions{Name: gitlab.Ptr("app"), NamespaceID: &org.ID}))
		get := func() *gitlab.Project { return must(root.Projects.GetProject(made.ID, nil)) }
		project = must(root.Projects.GetProject(library+"-org/app", nil))
		same("made", []any{project.ID, project.PathWithNamespace, project.Archived}, []any{made.ID, library + "-org/app", false})
		must(root.Projects.EditProject(made.ID, &gitlab.EditProjectOptions{
			Description: gitlab.Ptr("the app"), AllowPipelineTriggerApproveDeployment: gitlab.Ptr(true),
		}))
		same("changed", []any{get().Description, get().AllowPipelineTriggerApproveDeployment}, []any{"the app", true})
		must(root.Projects.EditProject(made.ID, &gitlab.EditProjectOptions{AllowPipelineTriggerApproveDeployment: gitlab.Ptr(false)}))
		must(root.Projects.ArchiveProject(made.ID))
		same("archived", get().Archived, true)
		must(root.Projects.UnarchiveProject(made.ID))
		moved := must(root.Projects.TransferProject(made.ID, &gitlab.TransferProjectOptions{Namespace: outside.ID}))
		same("moved", moved.PathWithNamespace, library+"-outside/app")
		moved = must(root.Projects.TransferProject(made.ID, &gitlab.TransferProjectOptions{Namespace: org.FullPath}))
		same("and back", moved.PathWithNamespace, library+"-org/app")
		pictured := must(root.Projects.CreateProject(&gitlab.CreateProjectOptions{
			Name: gitlab.Ptr("pictured"), NamespaceID: &org.ID,
			Avatar: &gitlab.ProjectAvatar{Filename: "a.png", Image: strings.NewReader("as multipart")},
		}))
		same("made with a picture", []any{pictured.Name, pictured.Namespace.ID}, []any{"pictured", org.ID})
		done(root.Projects.DeleteProject(pictured.ID, nil))
		must(root.ProjectMembers.AddProjectMember(made.ID, &gitlab.AddProjectMemberOptions{Username: &sec1.username, AccessLevel: gitlab.Ptr(reporter)}))
		members := must(root.ProjectMembers.ListProjectMembers(made.ID, nil))
		same("its members", each(members, func(it *gitlab.ProjectMember) string { return it.Username }), []string{sec1.username})
		done(root.ProjectMembers.DeleteProjectMember(made.ID, sec1.id))
		branch := must(lead.client.ProtectedBranches.GetProtectedBranch(made.ID, "main"))
		levels := each(branch.PushAccessLevels, func(it *gitlab.BranchAccessDescription) gitlab.AccessLevelValue { return it.AccessLevel })
		same("main is protected", levels, []gitlab.AccessLevelValue{maintainer})
	})

	step("access tokens of a project and a group", func() { accessTokens(project, org, lead) })
	step("trigger tokens", func() { triggers(org, lead, stranger) })

	step("shares", func() {
		shares := func() int {
			return len(must(root.Projects.GetProject(project.ID, nil)).SharedWithGroups) + len(must(root.Groups.GetGroup(org.ID, nil)).SharedWithGroups)
		}
		share := func(group *gitlab.Group, role gitlab.AccessLevelValue) {
			done(root.Projects.ShareProjectWithGroup(project.ID, &gitlab.ShareWithGroupOptions{GroupID: &group.ID, GroupAccess: &role}))
		}
		share(outside, developer)
		row := must(root.Projects.GetProject(project.ID, nil)).SharedWithGroups[0]
		same("shared", []int64{row.GroupID, row.GroupAccessLevel}, []int64{outside.ID, 30})
		end, err := gitlab.ParseISOTime("2099-01-31")
		same("a date", err, nil)
		must(root.Groups.ShareGroupWithGroup(org.ID, &gitlab.ShareGroupWithGroupOptions{GroupID: &outside.ID, GroupAccess: gitlab.Ptr(reporter), ExpiresAt: &end}))
		its := must(root.Groups.GetGroup(org.ID, nil)).SharedWithGroups[0]
		same("a group's", []any{its.GroupID, its.GroupAccessLevel, its.ExpiresAt.String()}, []any{outside.ID, int64(20), "2099-01-31"})
		done(root.Projects.DeleteSharedProjectFromGroup(project.ID, outside.ID))
		done(root.Groups.UnshareGroupFromGroup(org.ID, outside.ID))
		same("no more", shares(), 0)
		for _, group := range []*gitlab.Group{testers, security, ops} {
			share(group, reporter)
		}
	})

	environments := dev.client.Environments
	step("environments", func() {
		name, first, second := "review/one", "https://one.example.com", "https://two.example.com"
		made := must(environments.CreateEnvironment(project.ID, &gitlab.CreateEnvironmentOptions{Name: &name, ExternalURL: &first}))
		same("made", []string{made.Name, made.State, made.Tier}, []string{name, "available", "development"})
		found := must(environments.ListEnvironments(project.ID, &gitlab.ListEnvironmentsOptions{Name: &name}))
		same("found by name", each(found, func(it *gitlab.Environment) int64 { return it.ID }), []int64{made.ID})
		must(environments.EditEnvironment(project.ID, made.ID, &gitlab.EditEnvironmentOptions{ExternalURL: &second}))
		same("changed", must(environments.GetEnvironment(project.ID, made.ID)).ExternalURL, second)
		refused(403, "", fromNone(environments.DeleteEnvironment(project.ID, made.ID)))
		same("stopped", must(environments.StopEnvironment(project.ID, made.ID, nil)).State, "stopped")
		done(environments.DeleteEnvironment(project.ID, made.ID))
		refused(404, "", from(environments.GetEnvironment(project.ID, made.ID)))
	})

	step("variables", func() {
		variables, key, review := lead.client.ProjectVariables, "TOKEN", "review/*"
		made := must(variables.CreateVariable(project.ID, &gitlab.CreateProjectVariableOptions{
			Key: &key, Value: gitlab.Ptr("abcd1234"), Masked: gitlab.Ptr(true), EnvironmentScope: &review,
		}))
		same("made", []any{made.Key, made.Value, made.Masked, made.EnvironmentScope}, []any{key, "abcd1234", true, review})
		hidden := must(variables.CreateVariable(project.ID, &gitlab.CreateProjectVariableOptions{
			Key: &key, Value: gitlab.Ptr("hidden-1234"), MaskedAndHidden: gitlab.Ptr(true),
		}))
		same("hidden", []any{hidden.Value, hidden.Hidden, hidden.EnvironmentScope}, []any{"", true, "*"})
		refused(409, "filter[environment_scope]", from(variables.GetVariable(project.ID, key, nil)))
		filter := &gitlab.VariableFilter{EnvironmentScope: review}
		one := must(variables.GetVariable(project.ID, key, &gitlab.GetProjectVariableOptions{Filter: filter}))
		same("one of two", one.Value, "abcd1234")
		changed := must(variables.UpdateVariable(project.ID, key, &gitlab.UpdateProjectVariableOptions{
			Value: gitlab.Ptr("efgh5678"), Protected: gitlab.Ptr(true), Filter: filter,
		}))
		same("changed", []any{changed.Value, changed.Protected, changed.EnvironmentScope}, []any{"efgh5678", true, review})
		done(variables.RemoveVariable(project.ID, key, &gitlab.RemoveProjectVariableOptions{Filter: filter}))
		done(variables.RemoveVariable(project.ID, key, nil))
		same("all gone", len(must(variables.ListVariables(project.ID, nil))), 0)
		file := gitlab.Ptr(gitlab.FileVariableType)
		must(root.GroupVariables.CreateVariable(org.ID, &gitlab.CreateGroupVariableOptions{Key: &key, Value: gitlab.Ptr("a\nb"), VariableType: file}))
		same("a group's", must(root.GroupVariables.GetVariable(org.ID, key, nil)).VariableType, gitlab.FileVariableType)
		done(root.GroupVariables.RemoveVariable(org.ID, key, nil))
		own := library + "_TOKEN"
		must(root.InstanceVariables.CreateVariable(&gitlab.CreateInstanceVariableOptions{Key: &own, Value: gitlab.Ptr("a")}))
		same("the instance's", must(root.InstanceVariables.GetVariable(own)).Value, "a")
		done(root.InstanceVariables.RemoveVariable(own))
		refused(404, "", from(root.InstanceVariables.GetVariable(own)))
		refused(403, "403", from(dev.client.ProjectVariables.ListVariables(project.ID, nil)))
	})

	own, tiers := ofProject{lead.client, project.ID}, ofGroup{lead.client, org.ID}
	for _, name := range []string{"production", `qa/eu west "1"`} {
		life(own, name, principals{person: dev, group: ops, another: testers, stranger: stranger})
	}
	life(tiers, "production", principals{person: lead, group: ops, another: testers, stranger: stranger})

	report := func(by person, environment string) (*gitlab.Deployment, *gitlab.Response, error) {
		return by.client.Deployments.CreateProjectDeployment(project.ID, &gitlab.CreateProjectDeploymentOptions{
			Environment: &environment, SHA: gitlab.Ptr(sha), Ref: gitlab.Ptr("main"), Tag: gitlab.Ptr(false),
			Status: gitlab.Ptr(gitlab.DeploymentStatusRunning),
		})
	}
	seenBy := func(who person, id int64) (*deployment, *gitlab.Response, error) {
		request, err := who.client.NewRequest("GET", fmt.Sprintf("projects/%d/deployments/%d", project.ID, id), nil, nil)
		if err != nil {
			return nil, nil, err
		}
		seen := new(deployment)
		response, err := who.client.Do(request, seen)
		return seen, response, err
	}
	move := func(who person, id int64, status gitlab.DeploymentStatusValue) (*gitlab.Deployment, *gitlab.Response, error) {
		return who.client.Deployments.UpdateProjectDeployment(project.ID, id, &gitlab.UpdateProjectDeploymentOptions{Status: &status})
	}
	vote := func(who person, id int64, status string, options gitlab.ApproveOrRejectProjectDeploymentOptions) (*gitlab.Response, error) {
		options.Status = gitlab.Ptr(gitlab.DeploymentApprovalStatus(status))
		return who.client.Deployments.ApproveOrRejectProjectDeployment(project.ID, id, &options)
	}
	plain := gitlab.ApproveOrRejectProjectDeploymentOptions{}

	step("deploy what nothing protects", func() {
		made := must(report(dev, "staging"))
		same("started", made.Status, "running")
		same("finished", must(move(dev, made.ID, gitlab.DeploymentStatusSuccess)).Status, "success")
		found := must(environments.ListEnvironments(project.ID, &gitlab.ListEnvironmentsOptions{Name: gitlab.Ptr("staging")}))
		same("last deployment", must(environments.GetEnvironment(project.ID, found[0].ID)).LastDeployment.ID, made.ID)
	})

	var held *gitlab.Deployment
	step("a deployment is blocked", func() {
		must(tiers.create("production", []*newEntry{{GroupID: &ops.ID}},
			&newRule{GroupID: &testers.ID}, &newRule{GroupID: &security.ID, RequiredApprovalCount: gitlab.Ptr[int64](2)}))
		refused(403, "", from(report(lead, "production")))
		held = must(report(dev, "production"))
		same("blocked", []any{held.Status, must(seenBy(dev, held.ID)).Pending}, []any{"blocked", int64(3)})
		blocked := must(dev.client.Deployments.ListProjectDeployments(project.ID, &gitlab.ListProjectDeploymentsOptions{
			Status: gitlab.Ptr("blocked"), Environment: gitlab.Ptr("production"),
		}))
		same("listed", each(blocked, func(it *gitlab.Deployment) int64 { return it.IID }), []int64{held.IID})
		rules := must(seenBy(lead, held.ID)).ApprovalSummary.Rules
		counts := each(rules, func(it *rule) [2]int64 { return [2]int64{it.GroupID, it.RequiredApprovalCount} })
		same("rules", counts, [][2]int64{{testers.ID, 1}, {security.ID, 2}})
		refused(403, "", from(move(dev, held.ID, gitlab.DeploymentStatusSuccess)))
	})

	step("several people approve", func() {
		refused(403, "", fromNone(vote(dev, held.ID, "approved", plain)))
		refused(404, "", fromNone(vote(stranger, held.ID, "approved", plain)))
		refused(400, "status", fromNone(vote(qa, held.ID, "perhaps", plain)))
		done(vote(qa, held.ID, "approved", gitlab.ApproveOrRejectProjectDeploymentOptions{Comment: gitlab.Ptr("tested")}))
		done(vote(sec1, held.ID, "approved", gitlab.ApproveOrRejectProjectDeploymentOptions{RepresentedAs: &security.Name}))
		now := must(seenBy(lead, held.ID))
		same("still", []any{now.Status, now.Pending}, []any{"blocked", int64(1)})
		same("votes", []string{now.Approvals[0].Comment, now.Approvals[1].RepresentedAs}, []string{"tested", security.Name})
		done(vote(sec2, held.ID, "approved", plain))
		now = must(seenBy(lead, held.ID))
		same("approved", []any{now.Status, now.Pending}, []any{"created", int64(0)})
		voters := []int64{now.Approvals[0].User.ID, now.Approvals[1].User.ID, now.Approvals[2].User.ID}
		same("voters", voters, []int64{qa.id, sec1.id, sec2.id})
		refused(400, "", fromNone(vote(qa, held.ID, "approved", plain)))
	})

	step("what was approved is deployed", func() {
		for _, status := range []gitlab.DeploymentStatusValue{gitlab.DeploymentStatusRunning, gitlab.DeploymentStatusSuccess} {
			must(move(dev, held.ID, status))
			same("status", must(dev.client.Deployments.GetProjectDeployment(project.ID, held.ID)).Status, string(status))
		}
		refused(400, "", from(move(dev, held.ID, gitlab.DeploymentStatusSuccess)))
	})

	step("a deployment is rejected", func() {
		lost := must(report(dev, "production"))
		done(vote(sec2, lost.ID, "rejected", gitlab.ApproveOrRejectProjectDeploymentOptions{Comment: gitlab.Ptr("not on a Friday")}))
		now := must(seenBy(lead, lost.ID))
		same("status", []string{now.Status, now.Approvals[0].Status, now.Approvals[0].Comment}, []string{"failed", "rejected", "not on a Friday"})
		refused(403, "", from(move(dev, lost.ID, gitlab.DeploymentStatusRunning)))
		all := must(dev.client.Deployments.ListProjectDeployments(project.ID, &gitlab.ListProjectDeploymentsOptions{
			Environment: gitlab.Ptr("production"), OrderBy: gitlab.Ptr("id"), Sort: gitlab.Ptr("desc"),
		}))
		same("listed", each(all, func(it *gitlab.Deployment) string { return it.Status }), []string{"failed", "success"})
		same("merge requests", len(must(dev.client.DeploymentMergeRequests.ListDeploymentMergeRequests(project.ID, held.ID, nil))), 0)
		done(lead.client.Deployments.DeleteProjectDeployment(project.ID, lost.ID))
		refused(404, "", from(dev.client.Deployments.GetProjectDeployment(project.ID, lost.ID)))
	})

	step("the unified count, and unprotecting", func() {
		must(own.create("canary", []*newEntry{{AccessLevel: gitlab.Ptr(developer)}}))
		one := gitlab.UpdateProtectedEnvironmentsOptions{RequiredApprovalCount: gitlab.Ptr[int64](1)}
		same("count", must(own.update("canary", one)).RequiredApprovalCount, 1)
		first, second := must(report(dev, "canary")).ID, must(report(dev, "canary")).ID
		for _, id := range []int64{first, second} {
			waits := must(seenBy(dev, id))
			same("blocked", []any{waits.Status, waits.Pending}, []any{"blocked", int64(1)})
		}
		refused(403, "", fromNone(vote(dev, first, "approved", plain)))
		done(vote(lead, first, "approved", plain))
		done(own.remove("canary"))
		now := []string{must(seenBy(dev, first)).Status, must(seenBy(dev, second)).Status}
		same("approved, and set free", now, []string{"created", "created"})
	})

	var many *gitlab.Group
	var made []int64
	step(fmt.Sprintf("make %d projects", rows), func() {
		many = must(root.Groups.CreateGroup(&gitlab.CreateGroupOptions{Name: gitlab.Ptr("go rows"), Path: gitlab.Ptr("go-rows")}))
		for n := range rows {
			options := gitlab.CreateProjectOptions{Name: gitlab.Ptr(fmt.Sprintf("%s-row-%d", library, n)), NamespaceID: &many.ID}
			made = append(made, must(root.Projects.CreateProject(&options)).ID)
		}
		same("ids of their own", len(slices.Compact(slices.Sorted(slices.Values(made)))), rows)
	})

	find := func(list gitlab.ListOptions, sort string, options ...gitlab.RequestOptionFunc) ([]*gitlab.Project, *gitlab.Response, error) {
		list.OrderBy = "id"
		search := gitlab.ListProjectsOptions{ListOptions: list, Search: gitlab.Ptr(library + "-row-"), Sort: &sort}
		return root.Projects.ListProjects(&search, options...)
	}
	walk := func(list gitlab.ListOptions, sort string) []int64 {
		all, err := gitlab.ScanAndCollect(func(page gitlab.PaginationOptionFunc) ([]*gitlab.Project, *gitlab.Response, error) {
			return find(list, sort, page)
		})
		return projectIDs(must(all, nil, err))
	}
	backwards := func(ids []int64) []int64 {
		ids = slices.Clone(ids)
		slices.Reverse(ids)
		return ids
	}

	step("walk them by page", func() {
		page := gitlab.ListOptions{PerPage: 100, Page: 2}
		second, response, err := find(page, "asc")
		same("second page", projectIDs(must(second, response, err)), made[100:200])
		totals := []int64{response.TotalItems, response.TotalPages, response.ItemsPerPage, response.CurrentPage, response.NextPage, response.PreviousPage}
		same("totals", totals, []int64{rows, 3, 100, 2, 3, 1})
		var ids []int64
		for page.Page = 1; page.Page != 0; page.Page = response.NextPage {
			second, response, err = find(page, "asc")
			ids = append(ids, projectIDs(must(second, response, err))...)
		}
		same("by number", ids, made)
		same("by link", walk(gitlab.ListOptions{PerPage: 100}, "desc"), backwards(made))
	})

	step("walk them by key", func() {
		_, response, err := find(gitlab.ListOptions{Pagination: "keyset", PerPage: 50}, "asc")
		same("no error", err, nil)
		same("a link, no totals", []any{response.NextLink != "", response.TotalItems, response.NextPage}, []any{true, int64(0), int64(0)})
		same("ids", walk(gitlab.ListOptions{Pagination: "keyset", PerPage: 50}, "asc"), made)
		same("downwards", walk(gitlab.ListOptions{Pagination: "keyset"}, "desc"), backwards(made))
	})

	step("every kind of refusal", func() {
		name, taken := "x", library+"-org"
		refused(400, "name is missing", from(root.Groups.CreateGroup(&gitlab.CreateGroupOptions{Path: &name})))
		refused(400, "path", from(root.Groups.CreateGroup(&gitlab.CreateGroupOptions{Name: &name, Path: &taken})))
		refused(401, "401 Unauthorized", from(signIn("glpat-nobody-has-this-one", url).Users.CurrentUser()))
		refused(403, "403 Forbidden", from(dev.client.Users.CreateUser(&gitlab.CreateUserOptions{Username: &name, Name: &name, Email: gitlab.Ptr("x@example.com")})))
		refused(403, "403 Forbidden", from(dev.client.Projects.EditProject(project.ID, &gitlab.EditProjectOptions{Name: &name})))
		refused(404, "", from(stranger.client.Projects.GetProject(project.ID, nil)))
		refused(404, "", from(stranger.client.Groups.ListGroupMembers(org.ID, nil)))
		refused(404, "", from(root.Issues.GetIssue(project.ID, 1)))
		refused(404, "", from(root.PersonalAccessTokens.RotatePersonalAccessTokenByID(none, nil)))
		request, err := root.NewRequest("PUT", "version", nil, nil)
		same("a request", err, nil)
		refused(405, "405", fromNone(root.Do(request, nil)))
		reader := makeToken(dev.id, "reader", "read_api", nil)
		refused(403, "insufficient_scope", from(signIn(reader.Token, url).Groups.CreateGroup(&gitlab.CreateGroupOptions{Name: &name, Path: &name})))
		_, _, err = root.Groups.GetGroup(1.5, nil)
		same("no such kind of id", errors.Is(err, gitlab.ErrInvalidIDType), true)
	})

	step("a limit is waited out", func() {
		patient := signIn(rootToken, os.Getenv("COUNTERSIGN_LIMITED_URL"))
		for range 15 {
			same("me", must(patient.Users.CurrentUser()).ID, 1)
		}
		hasty := signIn(rootToken, os.Getenv("COUNTERSIGN_LIMITED_URL"), gitlab.WithoutRetries())
		var err error
		for n := 0; n < 200 && err == nil; n++ {
			err = from(hasty.Users.CurrentUser())
		}
		refused(429, "", err)
	})

	step("delete everything", func() {
		done(tiers.remove("production"))
		done(root.Projects.DeleteProject(project.ID, nil))
		refused(404, "", from(root.Projects.GetProject(project.ID, nil)))
		for _, group := range []*gitlab.Group{org, outside, many} {
			done(root.Groups.DeleteGroup(group.ID, nil))
			refused(404, "", from(root.Groups.GetGroup(group.ID, nil)))
		}
		refused(404, "", from(root.Groups.GetGroup(testers.ID, nil)))
		done(root.Users.DeleteUser(stranger.id))
		refused(404, "", from(root.Users.GetUser(stranger.id, nil)))
	})

	total()
}
