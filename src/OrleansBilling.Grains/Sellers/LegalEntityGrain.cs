using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Sellers;

/// <summary>Runs a seller's turns: each makes a version. It calls no other grain.</summary>
public sealed class LegalEntityGrain(
    [PersistentState("legal_entity", TurnGrain.Storage)] IPersistentState<StateEnvelope<LegalEntity>> stored,
    ITurnCommitter committer,
    ICommandLog commands,
    ILegalEntities entities) : TurnGrain<LegalEntity>(stored, committer, commands), ILegalEntityGrain
{
    /// <inheritdoc/>
    public Task<CommandAnswer> Create(CommandKey key, Instant now, LegalEntitySettings settings) =>
        ExecuteAsync(key, () => entities.FindAsync(settings.Code, version: null), (state, row) =>
        {
            if ((state ?? row) is not null)
            {
                return Refusal.Conflict("legal_entity_exists", $"Legal entity {settings.Code} exists already; change it, or choose another code.", "code");
            }

            var decided = LegalEntityRules.Change(new LegalEntity(settings.Code, 0, settings.Name!, now), settings.Change());
            // Also where nothing but the name is given, the first version is 1.
            return decided.Refusal is { } refusal ? refusal : Commit(decided.Value with { Version = 1 }, now, 201, "legal_entity.created");
        });

    /// <inheritdoc/>
    public Task<CommandAnswer> Update(CommandKey key, Instant now, LegalEntitySettings settings) =>
        // The default seller is made by a migration: until its first change it is a row and no state.
        ExecuteAsync(key, () => entities.FindAsync(settings.Code, version: null), (state, row) =>
        {
            if ((state ?? row) is not { } entity)
            {
                return Refusal.NotFound("legal_entity_not_found", $"There is no legal entity {settings.Code}.");
            }

            var decided = LegalEntityRules.Change(entity, settings.Change());
            return decided.Refusal is { } refusal
                ? refusal
                : decided.Value.Version == entity.Version
                    ? TurnDecision<LegalEntity>.Nothing(LegalEntityView.Render(entity))
                    : Commit(decided.Value, now, 200, "legal_entity.updated");
        });

    /// <inheritdoc/>
    protected override Refusal RefusalFor(UniqueNameTakenException taken) => Refusal.Conflict(
        "numbering_prefix_taken", "Another legal entity numbers its documents with this prefix; choose another one.", "numbering.prefix");

    private static TurnDecision<LegalEntity> Commit(LegalEntity entity, Instant now, int status, string type) => TurnDecision<LegalEntity>.Commit(
        entity,
        new TurnWrite
        {
            At = now,
            Rows = [new LegalEntityRow(entity, now)],
            Documents = Documents.None with { Events = [BillingEvent.Of(type, "", entity.Code, ("version", entity.Version))] },
        },
        LegalEntityView.Render(entity),
        status);
}
