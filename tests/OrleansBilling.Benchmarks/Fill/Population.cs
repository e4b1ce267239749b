using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Accounts;

namespace OrleansBilling.Benchmarks.Fill;

/// <summary>
/// Customers as the product's own decisions make them: each has an account with a payment method of the sandbox and 20 % tax,
/// and an active subscription at a monthly flat price of 10.00, whose first period is billed and paid.
/// </summary>
/// <param name="dueAt">When all of them renew.</param>
internal sealed class Population(Instant dueAt)
{
    private const string AccountPrefix = "acct_";
    private static readonly DunningPolicy Policy = DunningPolicy.Default;

    /// <summary>The plan that all are on.</summary>
    public static PlanVersion Plan { get; } = new(
        "benchmark", 1, "Benchmark", Currency.Of("eur"), new BillingInterval(IntervalUnit.Month, 1), TrialDays: 0,
        [new Price("seat", PriceKind.Recurring, BillingTiming.InAdvance, new FlatModel(1000m))]);

    /// <summary>Start of the period that ends with the renewal.</summary>
    public Instant StartAt { get; } = dueAt.InUtc().LocalDateTime.PlusMonths(-1).InUtc().ToInstant();

    /// <summary>Customer number n.</summary>
    public Customer Make(int number)
    {
        var tail = Tail(number);
        var account = AccountOf(AccountPrefix + tail, "pm_" + tail);
        var billing = new BillingFacts(account.Facts(), CreditBalance: 0, Policy);
        var step = Sold(billing, number);
        return new Customer(account, step, Paid(step.Documents, billing));
    }

    /// <summary>An account that gathers the lines of many subscriptions, numbered from the given number on.</summary>
    public GroupedAccount MakeGrouped(int first, int count)
    {
        var tail = Tail(first);
        var account = AccountOf(AccountPrefix + tail, "pm_" + tail);
        account = account with { Settings = account.Settings with { InvoiceGrouping = InvoiceGrouping.Account } };
        var billing = new BillingFacts(account.Facts(), CreditBalance: 0, Policy);
        return new GroupedAccount(account, [.. Enumerable.Range(first, count).Select(number => Sold(billing, number))]);
    }

    private SubscriptionStep Sold(BillingFacts billing, int number)
    {
        var tail = Tail(number);
        var context = new StepContext(StartAt, StartAt, new IdSource(tail, StartAt), $"create:sub_{tail}");
        var order = new SubscriptionOrder("sub_" + tail, Plan) { Anchor = new AtAnchor(dueAt) };
        var step = SubscriptionCreation.Create(
            order, new SubscriptionFacts(billing, [Plan], ImmutableDictionary<string, CreditableInvoice>.Empty), context).Value;
        return step.State.CurrentPeriod.End == dueAt && step.State.Status is SubscriptionStatus.Active
            ? step
            : throw new BenchmarkException($"A subscription was made {step.State.Status}, due at {step.State.CurrentPeriod.End} instead of active, due at {dueAt}.");
    }

    /// <summary>26 characters that are no hexadecimal number and tell the number at the end.</summary>
    public static string Tail(int number) => "0benchmark" + number.ToString("D16", CultureInfo.InvariantCulture);

    private AccountState AccountOf(string id, string method) => new(
        id,
        new AccountSettings
        {
            Name = "Benchmark customer",
            Currency = "eur",
            TimeZone = "UTC",
            Tax = new TaxSettings([new AccountTaxRate("vat", 20m, [])], Inclusive: false, TaxRounding.Document, Exempt: false, TaxId: null),
            Collection = CollectionMode.Automatic,
        },
        StartAt,
        FactsVersion: 1)
    {
        Methods = [new AccountPaymentMethod(method, "sandbox", "tok_visa", StartAt)],
        DefaultMethod = method,
    };

    // The first invoice as its grain leaves it once the gateway has taken the money.
    private InvoiceTurn Paid(Documents issued, BillingFacts billing)
    {
        var attempt = issued.Attempts.Single().Attempt;
        var open = InvoiceIssue.InitialState(issued.Invoices.Single()) with { Payments = issued.Payments, Attempts = [attempt] };
        return InvoiceDecider.Outcome(
            InvoiceDecider.AttemptSent(open, attempt.Id, StartAt),
            CollectionFacts.Of(billing.Account.DefaultMethod, Policy),
            attempt.Id,
            new AttemptOutcome.Succeeded("sbx_" + attempt.Id),
            StartAt);
    }
}

/// <summary>A customer with what the product would have written for him.</summary>
/// <param name="Account">The account's state.</param>
/// <param name="Created">The subscription's creation with its first invoice.</param>
/// <param name="Paid">The first invoice's payment.</param>
internal sealed record Customer(AccountState Account, SubscriptionStep Created, InvoiceTurn Paid);

/// <summary>An account whose subscriptions share their invoices.</summary>
/// <param name="State">The account's state.</param>
/// <param name="Subscriptions">Their creations, with the lines that wait for the first invoice.</param>
internal sealed record GroupedAccount(AccountState State, IReadOnlyList<SubscriptionStep> Subscriptions);
