using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>Prepaid credit that may pay a document.</summary>
/// <param name="Purse">Of the account to which it is issued.</param>
/// <param name="Invoice">The document's id.</param>
public sealed record PrepaidUse(Purse Purse, string Invoice);

/// <summary>
/// The prepaid credit of a document, after discounts and before tax (rules.md, "Invoices", "Prepaid credits"). First credits
/// give back what their lines had been paid with. Then grants pay in their order, each the lines that its wallet may pay, in
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

        var beside = lines.Where(static line => line.Net < 0 && line.Draft.CreditedLine is not null)
            .ToLookup(static line => line.Draft.CreditedLine!, static line => line.Net, StringComparer.Ordinal);
        // What may be paid of a line: what its discounts leave, less the credits of it on the same document.
        var needs = lines.Select(line => line.Net <= 0 ? 0 : Math.Max(line.Net + beside[line.Id].Sum(), 0)).ToArray();
        var due = lines.Sum(static line => line.TaxBase);
        foreach (var (wallet, grant) in use.Purse.Usable())
        {
            var payable = Enumerable.Range(0, needs.Length).Where(i => needs[i] > 0 && Pays(wallet, lines[i].Draft)).ToList();
            var asked = payable.Sum(i => needs[i]);
            var value = Math.Min(Math.Min(asked, due), Purse.WorthOf(wallet, grant));
            if (value <= 0)
            {
                continue;
            }

            var parts = Rounding.Split(value, payable.ConvertAll(i => (decimal)needs[i]));
            for (var i = 0; i < parts.Length; i++)
            {
                if (parts[i] == 0)
                {
                    continue;
                }

                var line = lines[payable[i]];
                line.Steps.Add(Step(wallet, grant, line, needs[payable[i]], asked, value, parts[i]));
                line.Wallet += parts[i];
                needs[payable[i]] -= parts[i];
            }

            due -= value;
            use.Purse.Use(wallet, grant, [.. payable.Zip(parts, (i, part) => (lines[i].Id, part)).Where(static part => part.part > 0)], use.Invoice);
        }

        return use.Purse.Done();
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
