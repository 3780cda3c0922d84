namespace Identity.IntegrationTests.Detection;

public sealed class UnusualAdminTests
{
    [Fact]
    public async Task RK_9_an_administrator_from_a_new_country_is_an_alert_and_nobody_else_is()
    {
        await using var scene = await DetectionScene.CreateAsync();
        var direct = await scene.SessionsAsync(0);
        var byGroup = await scene.SessionsAsync(0);
        var usual = await scene.SessionsAsync(0);
        var person = await scene.SessionsAsync(0);
        await scene.Database.ExecuteAsync(
            """
            INSERT INTO idp.user_roles (user_id, role_id)
            SELECT person, r.id FROM idp.roles r, unnest(ARRAY[@direct, @usual]) person
            WHERE r.name = 'identity-support';
            WITH team AS (INSERT INTO idp.groups (name) VALUES ('team') RETURNING id),
            carries AS (INSERT INTO idp.group_roles (group_id, role_id)
                SELECT team.id, r.id FROM team, idp.roles r WHERE r.name = 'identity-support')
            INSERT INTO idp.user_groups (user_id, group_id) SELECT @by_group, id FROM team
            """,
            ("direct", direct),
            ("usual", usual),
            ("by_group", byGroup)
        );
        await SignedInAsync(scene, direct, "new_device", "new_country");
        await SignedInAsync(scene, byGroup, "impossible_speed");
        await SignedInAsync(scene, usual, "new_device");
        await SignedInAsync(scene, person, "new_country");

        var opened = (await scene.LookAsync()).Opened;

        Assert.All(opened, static alert => Assert.Equal("unusual_admin_sign_in", alert.Rule));
        Assert.Equal(
            new[] { direct, byGroup }.Select(static id => id.ToString()).Order(StringComparer.Ordinal),
            opened.Select(static alert => alert.Subject).Order(StringComparer.Ordinal)
        );
    }

    private static Task SignedInAsync(DetectionScene scene, Guid person, params string[] signals) =>
        scene.Database.ExecuteAsync(
            """
            INSERT INTO audit_logs (user_id, event_type, event_status, details)
            VALUES (@person, 'login', 'success', jsonb_build_object('signals', to_jsonb(@signals::text[])))
            """,
            ("person", person),
            ("signals", signals)
        );
}
