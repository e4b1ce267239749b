using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>Prepaid credit that may pay a document.</summary>
/// <param name="Purse">Of the account to which it is issued.</param>
/// <param name="Invoice">The document's id.</param>
public sealed record PrepaidUse(Purse Purse, string Invoice);

/// <summary>
/// The prepaid credit of a document, after discounts and before tax (rules.md, "Invoices", "Prepaid credits"). First credits
/// give back what their lines had been paid with. Then usage is paid by the grants of its time, and the rest by those that count at
/// the document's instant. Grants pay in their order, each the lines that its wallet may pay, in
/// proportion to what is left of them: at most what a line asks for once credits beside it are taken off, and together at
/// most what the document comes to, so that prepaid credit never becomes credit balance.
/// </summary>
internal static class PrepaidCalculator
{
    /// <summary>Applies it, and gives what it writes.</summary>
    /// <exception cref="InvalidOperationException">A credit gives back, and no purse was read: an error of the caller.</exception>
    public static Documents Apply(IReadOnlyList<LineInProgress> lines, PrepaidUse? use)
    {
        if (use is null)
        {
            return lines.All(static line => line.Wallet == 0)
                ? Documents.None
                : throw new InvalidOperationException("A credit gives prepaid credit back, and no grants were read.");
        }

        foreach (var line in lines)
        {
            if (line.Wallet < 0)
            {
                use.Purse.GiveBack(line.Draft.CreditedLine!, -line.Wallet, $"invoice:{use.Invoice}");
                line.Steps.Add(Step("Given back to prepaid credit", line.Net, line.Wallet));
            }
        }

        // What may be paid of a line: what its discounts leave, less the credits of it on the same document.
        var beside = lines.Where(static line => line.Net < 0 && line.Draft.CreditedLine is not null)
            .ToLookup(static line => line.Draft.CreditedLine!, static line => line.Net, StringComparer.Ordinal);
        var needs = lines.Where(static line => line.Net > 0).Select(line => new PrepaidNeed(line, Math.Max(line.Net + beside[line.Id].Sum(), 0))).ToList();
        var usage = needs.FindAll(static need => need.Line.Draft.Kind is LineKind.Usage);
        var due = new PrepaidRoom(lines);
        PayUsage(usage, use, due);
        Pay(needs.FindAll(static need => need.Line.Draft.Kind is not LineKind.Usage), use.Purse.Usable(), use, due, isUsage: false);
        return use.Purse.Done();
    }

    /// <summary>
    /// Usage comes first, in the order of time: each part of a span by the grants that counted throughout it. What a line came to
    /// after its discounts is parted as its usage was.
    /// </summary>
    internal static void PayUsage(List<PrepaidNeed> usage, PrepaidUse use, PrepaidRoom due)
    {
        var parts = new List<(Period Span, PrepaidNeed Need)>();
        foreach (var need in usage)
        {
            var draft = need.Line.Draft;
            var used = draft.UsedIn.IsEmpty ? [new UsageShare(draft.Period, draft.Amount)] : draft.UsedIn;
            var shares = Rounding.Split(need.Left, [.. used.Select(static part => (decimal)part.Amount)]);
            parts.AddRange(used.Zip(shares, (part, share) => (part.Span, new PrepaidNeed(need.Line, share))));
        }

        foreach (var span in parts.GroupBy(static part => part.Span).OrderBy(static span => span.Key.Start).ThenBy(static span => span.Key.End))
        {
            Pay([.. span.Select(static part => part.Need)], use.Purse.UsableIn(span.Key), use, due, isUsage: true);
        }
    }

    /// <summary>Grants pay in their order, each what its wallet may pay, in proportion to what is left of it.</summary>
    private static void Pay(List<PrepaidNeed> needs, IEnumerable<(Wallet Wallet, Grant Grant)> grants, PrepaidUse use, PrepaidRoom due, bool isUsage)
    {
        foreach (var (wallet, grant) in grants)
        {
            var payable = needs.FindAll(need => need.Left > 0 && Pays(wallet, need.Line.Draft));
            var asked = payable.Sum(static need => need.Left);
            var value = Math.Min(due.For(payable, asked), Purse.WorthOf(wallet, grant));
            if (value <= 0)
            {
                continue;
            }

            var parts = Rounding.Split(value, payable.ConvertAll(static need => (decimal)need.Left));
            var paid = payable.Zip(parts, static (need, part) => (Need: need, Part: part)).Where(static each => each.Part > 0).ToList();
            foreach (var (need, part) in paid)
            {
                need.Line.Steps.Add(Step(wallet, grant, need.Line, need.Left, asked, value, part));
                need.Line.Wallet += part;
                need.Left -= part;
            }

            due.Take(paid);
            use.Purse.Use(wallet, grant, [.. paid.Select(static each => (each.Need.Line.Id, each.Part))], use.Invoice, isUsage);
        }
    }

    private static bool Pays(Wallet wallet, LineDraft draft) =>
        wallet.AppliesTo.IsEmpty || (draft.Price is { } price && wallet.AppliesTo.Contains(price));

    private static ExplainStep Step(Wallet wallet, Grant grant, LineInProgress line, long need, long asked, long value, long part) => ExplainSteps.Of(
        "prepaid",
        $"Prepaid credit: {wallet.Name ?? wallet.Unit ?? wallet.Currency.Code}",
        line.TaxBase - part,
        ("amount", ExplainSteps.Text(line.TaxBase)),
        ("prepaid", ExplainSteps.Text(part)),
        ("wallet", wallet.Id),
        ("grant", grant.Id),
        ("payable", ExplainSteps.Text(need)),
        ("eligible", ExplainSteps.Text(asked)),
        ("split_prepaid", ExplainSteps.Text(value)));

    private static ExplainStep Step(string description, long net, long given) => ExplainSteps.Of(
        "prepaid", description, net - given, ("amount", ExplainSteps.Text(net)), ("prepaid", ExplainSteps.Text(given)));
}
