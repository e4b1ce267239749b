using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Catalog;

/// <summary>Publishes a plan's versions, one after the other.</summary>
public sealed class PlanGrain(
    [PersistentState("plan", TurnGrain.Storage)] IPersistentState<StateEnvelope<PlanState>> stored,
    ITurnCommitter committer,
    ICommandLog commands,
    ICatalog catalog) : TurnGrain<PlanState>(stored, committer, commands), IPlanGrain
{
    /// <summary>The grain key of a plan's code: the prefix keeps codes that look like numbers apart in Orleans' storage.</summary>
    public static string KeyOf(string code) => "plan_" + code;

    /// <inheritdoc/>
    public Task<CommandAnswer> Publish(CommandKey key, Instant now, PlanVersion definition) =>
        ExecuteAsync(key, () => ReadMetersAsync(definition), (state, meters) =>
            state is not null
                ? Refusal.Conflict("plan_exists", $"Plan {definition.Code} exists already; publish its next version at /v1/plans/{definition.Code}/versions.", "code")
                : PublishNext(new PlanState(definition.Code, definition.Name, 0, now), definition, meters, now));

    /// <inheritdoc/>
    public Task<CommandAnswer> PublishVersion(CommandKey key, Instant now, PlanVersion definition) =>
        ExecuteAsync(key, () => ReadMetersAsync(definition), (state, meters) => state switch
        {
            null => NotFound(definition.Code),
            { ArchivedAt: not null } => Refusal.Rule("plan_archived", $"Plan {definition.Code} is archived and takes no new versions."),
            _ => PublishNext(state with { Name = definition.Name }, definition, meters, now),
        });

    /// <inheritdoc/>
    public Task<CommandAnswer> Archive(CommandKey key, Instant now) =>
        ExecuteAsync(key, async () => State is null ? null : await catalog.FindAsync(State.Code, State.LatestVersion), (state, newest) =>
        {
            if (state is null || newest is null)
            {
                return NotFound(this.GetPrimaryKeyString()["plan_".Length..]);
            }

            var archived = state with { ArchivedAt = state.ArchivedAt ?? now };
            return Commit(archived, [RowOf(archived)], newest, "plan.archived", now, 200);
        });

    private Task<IReadOnlyDictionary<string, MeterFacts>> ReadMetersAsync(PlanVersion definition) => catalog.ReadMetersAsync(
        [.. definition.Prices.Select(price => price.Meter).OfType<string>().Distinct(StringComparer.Ordinal)]);

    private static TurnDecision<PlanState> PublishNext(PlanState state, PlanVersion definition, IReadOnlyDictionary<string, MeterFacts> meters, Instant now)
    {
        if ((PlanRules.Check(definition) ?? UsagePriceRules.CheckMeters(definition, meters)) is { } refusal)
        {
            return refusal;
        }

        var version = definition with { Version = state.LatestVersion + 1 };
        var published = state with { LatestVersion = version.Version };
        var row = new PlanVersionRow(version.Code, version.Version, BillingJson.Write(version), now);
        return Commit(published, [RowOf(published), row], version, "plan.version_published", now, 201);
    }

    private static TurnDecision<PlanState> Commit(PlanState state, ProjectionRow[] rows, PlanVersion shown, string type, Instant now, int status)
    {
        var header = new PlanHeader(state.Code, state.Name, state.LatestVersion, state.CreatedAt, state.ArchivedAt);
        var told = BillingEvent.Of(type, "", state.Code, ("version", (long)shown.Version));
        var write = new TurnWrite { At = now, Rows = [.. rows], Documents = Documents.None with { Events = [told] } };
        return TurnDecision<PlanState>.Commit(state, write, PlanView.Render(shown, header), status);
    }

    private static PlanRow RowOf(PlanState state) => new(state.Code, state.Name, state.LatestVersion, state.CreatedAt, state.ArchivedAt);

    private static Refusal NotFound(string code) => Refusal.NotFound("plan_not_found", $"There is no plan {code}.");
}
