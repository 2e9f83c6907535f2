package main

import (
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// accessTokens plays the life of the access tokens of a project and of a group.
func accessTokens(project *gitlab.Project, org *gitlab.Group, lead person) {
	expires := gitlab.ISOTime(time.Now().UTC().AddDate(0, 1, 0).Truncate(24 * time.Hour))
	name, scopes, active := "robot", []string{"api"}, "active"
	made := must(root.ProjectAccessTokens.CreateProjectAccessToken(project.ID, &gitlab.CreateProjectAccessTokenOptions{
		Name: &name, Scopes: &scopes, AccessLevel: gitlab.Ptr(gitlab.DeveloperPermissions), ExpiresAt: &expires,
	}))
	same("made", []any{made.Name, made.AccessLevel, made.Active, made.Revoked, made.ExpiresAt.String()},
		[]any{"robot", gitlab.DeveloperPermissions, true, false, expires.String()})
	me := must(signIn(made.Token, url).Users.CurrentUser())
	same("a bot", []any{me.ID, me.Bot}, []any{made.UserID, true})
	same("a member", must(root.ProjectMembers.GetProjectMember(project.ID, made.UserID)).AccessLevel, gitlab.DeveloperPermissions)
	shown := must(root.ProjectAccessTokens.GetProjectAccessToken(project.ID, made.ID))
	same("shown without its secret", []any{shown.ID, shown.Token}, []any{made.ID, ""})
	listed := must(root.ProjectAccessTokens.ListProjectAccessTokens(project.ID, &gitlab.ListProjectAccessTokensOptions{State: &active}))
	same("listed", each(listed, func(it *gitlab.ProjectAccessToken) int64 { return it.ID }), []int64{made.ID})
	rotated := must(root.ProjectAccessTokens.RotateProjectAccessToken(project.ID, made.ID, nil))
	same("rotated", []any{rotated.ID != made.ID, rotated.UserID}, []any{true, made.UserID})
	again := must(signIn(rotated.Token, url).ProjectAccessTokens.RotateProjectAccessTokenSelf(project.ID, nil))
	done(root.ProjectAccessTokens.RevokeProjectAccessToken(project.ID, again.ID))
	refused(401, "invalid_token", from(signIn(again.Token, url).Users.CurrentUser()))
	refused(404, "", from(root.ProjectMembers.GetProjectMember(project.ID, made.UserID)))
	refused(400, "Owner", from(lead.client.ProjectAccessTokens.CreateProjectAccessToken(project.ID, &gitlab.CreateProjectAccessTokenOptions{
		Name: &name, Scopes: &scopes, AccessLevel: gitlab.Ptr(gitlab.OwnerPermissions),
	})))

	of := must(root.GroupAccessTokens.CreateGroupAccessToken(org.ID, &gitlab.CreateGroupAccessTokenOptions{
		Name: &name, Scopes: &scopes, AccessLevel: gitlab.Ptr(gitlab.OwnerPermissions), ExpiresAt: &expires,
	}))
	same("of a group", []any{of.Name, of.AccessLevel, of.Active}, []any{"robot", gitlab.OwnerPermissions, true})
	same("shown", must(root.GroupAccessTokens.GetGroupAccessToken(org.ID, of.ID)).ID, of.ID)
	same("listed", len(must(root.GroupAccessTokens.ListGroupAccessTokens(org.ID, nil))), 1)
	next := must(root.GroupAccessTokens.RotateGroupAccessToken(org.ID, of.ID, nil))
	last := must(signIn(next.Token, url).GroupAccessTokens.RotateGroupAccessTokenSelf(org.ID, nil))
	same("rotated", []any{last.ID != of.ID, last.UserID}, []any{true, of.UserID})
	done(root.GroupAccessTokens.RevokeGroupAccessToken(org.ID, last.ID))
	same("remembered", must(root.GroupAccessTokens.GetGroupAccessToken(org.ID, last.ID)).Revoked, true)
}

// triggers plays the life of a trigger token.
func triggers(org *gitlab.Group, lead, stranger person) {
	made := must(root.Projects.CreateProject(&gitlab.CreateProjectOptions{Name: gitlab.Ptr("triggered"), NamespaceID: &org.ID}))
	yaml := gitlab.CommitActionOptions{
		Action: gitlab.Ptr(gitlab.FileCreate), FilePath: gitlab.Ptr(".gitlab-ci.yml"),
		Content: gitlab.Ptr("job: {only: [triggers], script: [echo]}"),
	}
	must(root.Commits.CreateCommit(made.ID, &gitlab.CreateCommitOptions{
		Branch: gitlab.Ptr("main"), CommitMessage: gitlab.Ptr("Begin"), Actions: []*gitlab.CommitActionOptions{&yaml},
	}))
	theirs := lead.client.PipelineTriggers
	trigger := must(theirs.AddPipelineTrigger(made.ID, &gitlab.AddPipelineTriggerOptions{Description: gitlab.Ptr("nightly")}))
	same("made", []any{trigger.Description, trigger.Owner.ID, trigger.LastUsed == nil}, []any{"nightly", lead.id, true})
	must(theirs.EditPipelineTrigger(made.ID, trigger.ID, &gitlab.EditPipelineTriggerOptions{Description: gitlab.Ptr("weekly")}))
	shown := must(theirs.GetPipelineTrigger(made.ID, trigger.ID))
	same("shown in short", []any{shown.Description, len(shown.Token)}, []any{"weekly", 4})
	run := func(token string) (*gitlab.Pipeline, *gitlab.Response, error) {
		return stranger.client.PipelineTriggers.RunPipelineTrigger(made.ID, &gitlab.RunPipelineTriggerOptions{
			Ref: gitlab.Ptr("main"), Token: &token, Variables: map[string]string{"WHY": "because"},
		})
	}
	pipeline := must(run(trigger.Token))
	same("a pipeline of its owner", []any{string(pipeline.Source), pipeline.Ref, pipeline.User.ID}, []any{"trigger", "main", lead.id})
	given := must(lead.client.Pipelines.GetPipelineVariables(made.ID, pipeline.ID))
	same("variables", []any{len(given), given[0].Key, given[0].Value}, []any{1, "WHY", "because"})
	same("used", must(theirs.ListPipelineTriggers(made.ID, nil))[0].LastUsed == nil, false)
	refused(404, "", from(run("glptt-nobody-has-this-one")))
	done(theirs.DeletePipelineTrigger(made.ID, trigger.ID))
	refused(404, "", from(run(trigger.Token)))
	done(root.Projects.DeleteProject(made.ID, nil))
}
