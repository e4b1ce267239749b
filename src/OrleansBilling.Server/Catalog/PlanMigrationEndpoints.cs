using System.Globalization;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Catalog;

/// <summary>Migrations: the subscribers of a plan's versions move to another version, in batches of due work.</summary>
internal static class PlanMigrationEndpoints
{
    private const string Tag = "Catalog";
    private const string List = "plan_migrations";
    private const string ResultList = "plan_migration_results";
    private static readonly string[] Statuses = ["moved", "scheduled", "refused"];

    private static readonly string[] StartRefusals =
    [
        "404 plan_not_found", "404 plan_version_not_found", "404 subscription_not_found", "422 nothing_to_migrate", "422 cohort_given_twice",
        "422 full_difference_needs_change",
    ];

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        const string path = "/v1/plans/{code}/versions/{version}/migrations";
        routes.Post<PlanMigrationBody>(path, new Operation(Tag, "Moves the subscribers of earlier versions, or a part of them, to a version.", Allow.Product)
        {
            Status = 201, Answer = typeof(PlanMigrationView), Refusals = StartRefusals,
        }, StartAsync);
        routes.Ask<PlanMigrationBody>(path + "/preview", new Operation(Tag, "Shows whom a migration would move, and what it would bill; writes nothing.", Allow.Read)
        {
            Answer = typeof(MigrationPreviewView), Refusals = StartRefusals,
        }, PreviewAsync);
        routes.Get("/v1/plans/{code}/migrations", new Operation(Tag, "Lists the migrations of a plan.", Allow.Read)
        {
            Answer = typeof(ListOf<PlanMigrationView>), Query = PageRequest.Parameters,
        }, ListAsync);
        routes.Get("/v1/plans/{code}/migrations/{id}", new Operation(Tag, "Shows a migration and how far it is.", Allow.Read)
        {
            Answer = typeof(PlanMigrationView), Refusals = ["404 not_found"],
        }, GetAsync);
        routes.Get("/v1/plans/{code}/migrations/{id}/results", new Operation(Tag, "Lists what became of each subscription, with the reason where it was refused.", Allow.Read)
        {
            Answer = typeof(ListOf<MigrationResultView>),
            Query = [.. PageRequest.Parameters, new("status", "One of " + string.Join(", ", Statuses) + ".")],
        }, ResultsAsync);
    }

    private static async Task<Answer> StartAsync(Call call, PlanMigrationBody body)
    {
        var command = await ToCommandAsync(call, body);
        var now = call.Get<IClocks>().Live;
        var id = IdempotencyKey.NewId("mig", call.Key, now);
        return await call.RunAsync(
            () => call.Grain<IPlanMigrationGrain>(id).Start(call.Key, now, command), $"/v1/plans/{command.Plan}/migrations/{id}");
    }

    private static async Task<Answer> PreviewAsync(Call call, PlanMigrationBody body)
    {
        var command = await ToCommandAsync(call, body);
        var header = await call.Get<ICatalog>().FindHeaderAsync(command.Plan);
        var version = header is null ? null : await call.Get<ICatalog>().FindAsync(command.Plan, command.Version);
        return PlanMigrationGrain.RefusalOf(command, header, version is not null) is { } refusal
            ? throw Problem.Of(refusal).Exception()
            : Answer.Ok(AnswerJson.Write(await MigrationPreview.RunAsync(call, command)));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<PlanMigrationQueries>().ListAsync(PageRequest.Read(call, List), call.Route("code"), call.Aborted);
        return PageRequest.Render(call, List, page, PlanMigrationView.Render, found => new PagePlace(found.CreatedAt, found.Id));
    }

    private static async Task<Answer> GetAsync(Call call) => Answer.Ok(PlanMigrationView.Render(await FindAsync(call)));

    private static async Task<Answer> ResultsAsync(Call call)
    {
        var status = call.Query("status");
        if (status is not null && !Statuses.Contains(status, StringComparer.Ordinal))
        {
            throw Call.BadParameter("status", $"Use one of: {string.Join(", ", Statuses)}.");
        }

        var migration = await FindAsync(call);
        var page = await call.Get<PlanMigrationQueries>().ResultsAsync(PageRequest.Read(call, ResultList), migration.Id, status, call.Aborted);
        return PageRequest.Render(call, ResultList, page, found => AnswerJson.Write(found.Result), found => new PagePlace(found.At, found.Result.Subscription));
    }

    private static async Task<PlanMigrationState> FindAsync(Call call) =>
        await call.Get<PlanMigrationQueries>().FindAsync(call.Route("code"), call.Route("id"), call.Aborted)
        ?? throw Problem.NoSuch("a migration of this plan", call.Route("id")).Exception();

    private static async Task<StartPlanMigration> ToCommandAsync(Call call, PlanMigrationBody body)
    {
        var code = Texts.IsCode(call.Route("code")) ? call.Route("code") : throw Problem.NoSuch("a plan", call.Route("code")).Exception();
        var version = int.TryParse(call.Route("version"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw Problem.NoSuch("a version", call.Route("version")).Exception();
        var named = new List<string>();
        foreach (var name in body.Cohort?.Subscriptions ?? [])
        {
            named.Add((await call.SubscriptionAsync(name)).Id);
        }

        return new StartPlanMigration
        {
            Plan = code,
            Version = version,
            FromVersions = [.. body.FromVersions ?? []],
            Cohort = new MigrationCohort(body.Cohort?.Percent, [.. named]),
            AtPeriodEnd = body.When is DefaultTime.PeriodEnd,
            Proration = body.Proration,
        };
    }
}
