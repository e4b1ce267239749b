using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>Short ways to what the tests of this room begin with.</summary>
internal static class Drafts
{
    public static readonly Instant Now = Instant.FromUtc(2026, 3, 1, 12, 0);

    public static readonly Currency Usd = Currency.Of("usd");

    private static readonly Period March = new(Instant.FromUtc(2026, 3, 1, 0, 0), Instant.FromUtc(2026, 4, 1, 0, 0));

    public static IdSource Ids => new("test", Now);

    public static LineDraft Line(long amount, string? taxCode = null) =>
        new(LineKind.Recurring, "Pro", March, amount, Explain.Empty.With(ExplainSteps.Given("Given", amount)).With(ExplainSteps.Round(amount, amount)))
        {
            Item = "item_1",
            Price = "base",
            TaxCode = taxCode,
        };

    /// <summary>The credit of a line in full, as a decider makes it.</summary>
    public static LineDraft CreditOf(InvoiceLine line, string? invoice = null) =>
        Line(-line.Draft.Amount, line.Draft.TaxCode) with
        {
            Kind = LineKind.ProrationCredit,
            CreditedLine = line.Id,
            CreditedInvoice = invoice,
            CarriedDiscounts = [.. line.Discounts.Select(part => part with { Amount = -part.Amount })],
            CarriedTaxRates = [.. line.Taxes.Select(tax => tax.Rate)],
            CarriedInclusive = line.TaxInclusive,
        };

    /// <summary>What a credit carries of one coupon.</summary>
    public static ImmutableArray<LineDiscount> Carried(long amount) => amount == 0 ? [] : [new LineDiscount("disc_old", "old", amount)];

    /// <summary>Rates as <c>"20"</c> or, limited to tax codes, <c>"5:food"</c>; several separated by a comma.</summary>
    public static TaxSettings Tax(string rates, bool inclusive = false, TaxRounding rounding = TaxRounding.Document) => new(
        [.. rates.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((rate, index) => Rate(rate, index))],
        inclusive,
        rounding,
        Exempt: false,
        TaxId: null);

    public static ComputedInvoice Compute(TaxSettings tax, params LineDraft[] lines) => InvoiceCalculator.Compute(lines, [], tax, Usd, Ids);

    public static ComputedInvoice Compute(TaxSettings tax, Discount[] discounts, params LineDraft[] lines) =>
        InvoiceCalculator.Compute(lines, discounts, tax, Usd, Ids);

    /// <summary>Coupons as <c>"20%"</c> or <c>"500"</c>, limited as <c>"20%:base"</c> or <c>"500:pro/base+seats"</c>; several separated by a comma.</summary>
    public static Discount[] Coupons(string coupons) =>
        [.. coupons.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((coupon, index) => Coupon(coupon, index))];

    public static AccountFacts Account(TaxSettings? tax = null) => new(
        "acct_1",
        Version: 1,
        Usd,
        "Europe/Berlin",
        AccountFacts.LiveClock,
        tax ?? TaxSettings.None,
        CollectionMode.Automatic,
        NetTermsDays: 0,
        InvoiceGrouping.Subscription,
        new PaymentMethodRef("pm_1", "sandbox", "tok_visa"),
        "default");

    public static BillingFacts Facts(long balance = 0, AccountFacts? account = null) => new(account ?? Account(), balance, DunningPolicy.Default);

    private static Discount Coupon(string text, int index)
    {
        var parts = text.Split(':');
        ImmutableArray<string> to = parts.Length > 1 ? [.. parts[1].Split('+')] : [];
        var (id, code) = ($"disc_{index + 1}", $"coupon{index + 1}");
        return parts[0].EndsWith('%')
            ? Discount.Percent(id, code, decimal.Parse(parts[0].TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture), to)
            : Discount.Amount(id, code, long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), to);
    }

    private static AccountTaxRate Rate(string text, int index)
    {
        var parts = text.Split(':');
        var percentage = decimal.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
        ImmutableArray<string> codes = parts.Length > 1 ? [parts[1]] : [];
        return new AccountTaxRate($"rate{index}", percentage, codes);
    }
}
