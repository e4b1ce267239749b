using System.Collections.Immutable;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// Of what a reset with rollover has set apart for usage, what rolls over after all where usage takes less than was seen: as much more as
/// that reset, and each that has come since, would have kept of it.
/// </summary>
/// <param name="Grant">The grant that was set back.</param>
/// <param name="Resets">What each reset would have kept the more, the first one first.</param>
public sealed record RolledOver(string Grant, ImmutableArray<KeptMore> Resets)
{
    /// <summary>The same once the grant was set back again.</summary>
    public RolledOver Then(KeptMore reset) => this with { Resets = Resets.Add(reset) };

    /// <summary>What rolls over of what usage left.</summary>
    public decimal Of(decimal left) => Resets.Aggregate(left, static (kept, reset) => reset.Of(kept));

    /// <summary>What this part may still roll over once another one of the same grant has rolled over what usage left of it.</summary>
    public RolledOver Without(RolledOver other, decimal left)
    {
        // Both end with the same resets.
        var (resets, shift) = (Resets.ToBuilder(), Resets.Length - other.Resets.Length);
        for (var i = 0; i < other.Resets.Length; i++)
        {
            if (i + shift >= 0)
            {
                resets[i + shift] = resets[i + shift].Without(left);
            }

            left = other.Resets[i].Of(left);
        }

        return this with { Resets = resets.DrainToImmutable() };
    }
}

/// <summary>How much more a reset would have kept of a larger balance.</summary>
/// <param name="After">So much of it replaces what the reset gave up to its minimum.</param>
/// <param name="Most">At most this beyond it; the rest is over the maximum.</param>
public sealed record KeptMore(decimal After, decimal Most)
{
    /// <summary>What it would have kept of more.</summary>
    public decimal Of(decimal more) => Math.Clamp(more - After, 0, Most);

    /// <summary>The same once it has kept of more.</summary>
    public KeptMore Without(decimal more) => new(Math.Max(After - more, 0), Most - Of(more));
}
