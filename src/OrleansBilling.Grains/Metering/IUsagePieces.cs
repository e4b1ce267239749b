using NodaTime;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Metering;

/// <summary>Reads whether an alert has asked that a subscription's usage so far is billed.</summary>
public interface IUsagePieces
{
    /// <summary>The row of due work that asks for it; null where there is none: it was billed, or nobody has asked.</summary>
    /// <param name="subscription"><c>sub_...</c></param>
    Task<PieceAsked?> FindAsync(string subscription);
}

/// <summary>That usage so far is to be billed.</summary>
/// <param name="At">When the alert fired: usage up to then is billed.</param>
/// <param name="Row">The row, which goes with the turn that bills, unless it was written again.</param>
public sealed record PieceAsked(Instant At, SeenRow Row);
