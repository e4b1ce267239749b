using System.Collections.Immutable;
using NodaTime;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>A piece of a span's usage that was billed before the span was over (rules.md, "A period in pieces").</summary>
/// <param name="Charge">Its line: what the closing of the span may have to give back of it.</param>
/// <param name="Quantity">What was new in it, beyond the pieces before; below zero where a correction had taken more away.</param>
/// <param name="Events">How many events were new in it.</param>
/// <param name="At">The instant up to which usage was counted.</param>
public sealed record UsagePiece(BilledCharge Charge, decimal Quantity, long Events, Instant At);

/// <summary>What the pieces of a span have billed together; those on void invoices count as not billed.</summary>
/// <param name="Pieces">Those that stand, in order.</param>
/// <param name="Amount">Minor units before discounts and tax. What credit notes took of them stays billed: it was given.</param>
/// <param name="Quantity">As on their lines.</param>
/// <param name="Events">How many events.</param>
internal sealed record PiecesBilled(ImmutableArray<UsagePiece> Pieces, long Amount, decimal Quantity, long Events)
{
    /// <summary>Nothing was billed in pieces.</summary>
    private static readonly PiecesBilled None = new([], 0, 0, 0);

    /// <summary>The pieces of a span that stand.</summary>
    public static PiecesBilled Of(UsagePart part, SubscriptionFacts facts)
    {
        if (part.Pieces.IsEmpty)
        {
            return None;
        }

        var standing = part.Pieces.RemoveAll(piece => ItemCredits.IsVoid(piece.Charge, facts));
        return new PiecesBilled(
            standing, standing.Sum(static piece => piece.Charge.Amount), standing.Sum(static piece => piece.Quantity), standing.Sum(static piece => piece.Events));
    }

    /// <summary>What can still be given back of their lines, the newest first.</summary>
    public ImmutableArray<LateCharge> Charges(SubscriptionFacts facts) =>
    [
        .. Pieces.Reverse().Select(piece =>
        {
            var took = facts.NotesTook(piece.Charge.Invoice, piece.Charge.Line);
            return new LateCharge(piece.Charge.Standing(facts), took.Amount, took.Discount);
        }),
    ];
}
