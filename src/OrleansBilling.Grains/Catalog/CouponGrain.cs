using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Catalog;

/// <summary>
/// Makes and archives a coupon. Its redemptions are not its turns: they are taken from its row in the transactions that
/// attach it, so that many subscriptions redeem one coupon without waiting for a grain.
/// </summary>
public sealed class CouponGrain(
    [PersistentState("coupon", TurnGrain.Storage)] IPersistentState<StateEnvelope<CouponState>> stored,
    ITurnCommitter committer,
    ICommandLog commands,
    ICoupons coupons) : TurnGrain<CouponState>(stored, committer, commands), ICouponGrain
{
    /// <summary>The grain key of a coupon's code.</summary>
    public static string KeyOf(string code) => "coupon_" + code;

    /// <inheritdoc/>
    public Task<CommandAnswer> Create(CommandKey key, Instant now, Coupon coupon) =>
        ExecuteAsync(key, () => coupons.FirstUnknownAsync(coupon.AppliesTo), (state, unknown) =>
        {
            if (state is not null)
            {
                return Refusal.Conflict("coupon_exists", $"Coupon {coupon.Code} exists already and never changes; make one with another code.", "code");
            }

            if (CouponRules.Check(coupon, now) is { } refusal)
            {
                return refusal;
            }

            return unknown is null
                ? Commit(new CouponState(coupon, now), 0, "coupon.created", now, 201)
                : Refusal.Rule("unknown_applies_to", $"There is no plan and no price '{unknown}'. Publish it first.", $"applies_to[{coupon.AppliesTo.IndexOf(unknown)}]");
        });

    /// <inheritdoc/>
    public Task<CommandAnswer> Archive(CommandKey key, Instant now) =>
        ExecuteAsync(key, async () => State is null ? null : await coupons.FindAsync(State.Coupon.Code), (state, facts) =>
            state is null || facts is null
                ? Refusal.NotFound("coupon_not_found", $"There is no coupon {this.GetPrimaryKeyString()["coupon_".Length..]}.")
                : Commit(state with { ArchivedAt = state.ArchivedAt ?? now }, facts.Redemptions, "coupon.archived", now, 200));

    private static TurnDecision<CouponState> Commit(CouponState state, long redemptions, string type, Instant now, int status)
    {
        var write = new TurnWrite
        {
            At = now,
            Rows = [new CouponRow(state.Coupon, state.CreatedAt, state.ArchivedAt)],
            Documents = Documents.None with { Events = [BillingEvent.Of(type, "", state.Coupon.Code)] },
        };
        return TurnDecision<CouponState>.Commit(state, write, CouponView.Render(state.Coupon, redemptions, state.CreatedAt, state.ArchivedAt), status);
    }
}

/// <summary>A coupon as its grain keeps it.</summary>
public sealed record CouponState(Coupon Coupon, Instant CreatedAt)
{
    /// <summary>Since when it takes no new redemptions, or null.</summary>
    public Instant? ArchivedAt { get; init; }
}
