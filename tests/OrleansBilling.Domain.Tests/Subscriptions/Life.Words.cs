using System.Collections.Immutable;
using NodaTime;
using NodaTime.Text;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Invoicing;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>How tests say plans, prices and instants.</summary>
internal sealed partial class Life
{
    public static PlanVersion Plan(string interval = "month", int count = 1, int trialDays = 0, params Price[] prices) => new(
        "pro", 1, "Pro", Currency.Of("usd"), new BillingInterval(Enum.Parse<IntervalUnit>(interval, ignoreCase: true), count), trialDays,
        prices.Length == 0 ? [Flat("base", 3000)] : [.. prices]);

    public static Price Flat(string code, decimal amount, ProrationPolicy? policy = null) =>
        new(code, PriceKind.Recurring, BillingTiming.InAdvance, new FlatModel(amount)) { Proration = policy };

    public static Price PerUnit(string code, decimal amount, ProrationPolicy? policy = null) =>
        new(code, PriceKind.Recurring, BillingTiming.InAdvance, new PerUnitModel(amount)) { Proration = policy };

    /// <summary>The price billed at the end of its period.</summary>
    public static Price InArrears(Price price) => price with { Billing = BillingTiming.InArrears };

    public static Price OneTime(string code, decimal amount) => new(code, PriceKind.OneTime, BillingTiming.InAdvance, new FlatModel(amount));

    public static ImmutableSortedDictionary<string, decimal> Quantity(string code, decimal quantity) =>
        ImmutableSortedDictionary<string, decimal>.Empty.Add(code, quantity);

    /// <summary>Each invoice as its lines: start of the period, price, amount.</summary>
    public static IEnumerable<string> Told(Life life) => life.Invoices.Select(invoice => string.Join(", ", invoice.Lines.Select(line =>
        $"{line.Draft.Period.Start.ToString("yyyy-MM-dd", null)} {line.Draft.Price} {line.Draft.Amount}")));

    public static Instant Utc(string text) => InstantPattern.General.Parse(text.Length == 10 ? text + "T00:00:00Z" : text).Value;
}
