using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// What usage that is not billed yet has used of prepaid credit so far: as if one invoice billed all of it now, by the code that pays
/// invoices, after coupons and before minimums (rules.md, "Prepaid credits": "the burn is provisional until the line is final, then trued to
/// the discounted amount"). Invoices take what they bill, whatever was seen here; what a reset
/// rolls over and when a top-up is sold go by it.
/// </summary>
public static class ProvisionalBurn
{
    /// <summary>By grant, in its wallet's amounts, what usage would take; grants of which it would take nothing are left out.</summary>
    /// <param name="account">The account to which the usage will be billed.</param>
    /// <param name="grants">What it may use, as they stand.</param>
    /// <param name="accrued">Usage that counts or waits for stragglers, of every subscription that is billed to the account; what pieces have billed of it has been paid.</param>
    /// <param name="waiting">Lines of usage that wait for an invoice.</param>
    /// <param name="now">On the account's clock.</param>
    public static ImmutableDictionary<string, decimal> Of(
        string account, ImmutableArray<PrepaidGrant> grants, IEnumerable<AccruedUsage> accrued, IEnumerable<LineDraft> waiting, Instant now)
    {
        var drafts = waiting.Where(static line => line.Kind is LineKind.Usage)
            .Concat(accrued.Select(static used => new LineDraft(LineKind.Usage, used.Price, used.Span, used.Amount - used.Billed - used.Discount, Explain.Empty) { Price = used.Price, UsedIn = used.UsedIn }));
        var lines = drafts.Select(static (draft, i) => Line(draft, i)).Where(static line => line.Net > 0).ToList();
        ImmutableArray<PrepaidGrant> unburnt = [.. grants.Select(static held => held with { Grant = held.Grant with { Provisional = 0 } })];
        if (lines.Count == 0 || Purse.Open(account, unburnt, PaidLines.None, new IdSource("provisional", now), now) is not { } purse)
        {
            return ImmutableDictionary<string, decimal>.Empty;
        }

        PrepaidCalculator.PayUsage(lines.ConvertAll(static line => new PrepaidNeed(line, line.Net)), new PrepaidUse(purse, "provisional"), new PrepaidRoom(lines));
        // What a reset that is due has set apart has no row yet: it is looked at again once it has.
        return purse.Done().Wallets.Grants.Where(static write => write.Before is not null && write.Grant.Provisional < 0)
            .ToImmutableDictionary(static write => write.Grant.Id, static write => -write.Grant.Provisional, StringComparer.Ordinal);
    }

    private static LineInProgress Line(LineDraft draft, int number)
    {
        var line = new LineInProgress($"{number}", draft, [], inclusive: true);
        line.Discounts.AddRange(draft.CarriedDiscounts);
        return line;
    }
}
