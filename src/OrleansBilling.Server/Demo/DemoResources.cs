namespace OrleansBilling.Server.Demo;

/// <summary>A test clock, as the API shows it.</summary>
internal sealed record DemoClock(string Id, DateTimeOffset Now, string Status, long Ran);

/// <summary>What the scene reads of an account.</summary>
internal sealed record DemoAccount(string Id, string Currency, long Balance);

/// <summary>A resource of which only the id matters.</summary>
internal sealed record DemoNamed(string Id);

/// <summary>A period, start-inclusive, end-exclusive.</summary>
internal sealed record DemoPeriod(DateTimeOffset Start, DateTimeOffset End);

/// <summary>What the scene reads of a subscription.</summary>
internal sealed record DemoSubscription(
    string Id, string Status, string Account, string Plan, DemoPeriod? CurrentPeriod, DateTimeOffset? TrialEnd, DateTimeOffset CreatedAt);

/// <summary>What the scene reads of an invoice. Amounts are minor units.</summary>
internal sealed record DemoInvoice(
    string Id,
    string? Number,
    string Status,
    string Account,
    string? Subscription,
    string Currency,
    IReadOnlyList<DemoLine> Lines,
    long TaxTotal,
    long Total,
    long CreditApplied,
    long AmountDue,
    long AmountPaid,
    long AmountRemaining,
    DateTimeOffset IssuedAt,
    IReadOnlyList<DemoAttempt> Attempts);

/// <summary>A line of an invoice.</summary>
internal sealed record DemoLine(string Kind, string? Price, DemoPeriod Period, long Amount);

/// <summary>One try to take the money.</summary>
internal sealed record DemoAttempt(int Number, string Status, string? DeclineCode, DateTimeOffset? SentAt, DateTimeOffset? CompletedAt);

/// <summary>What the scene reads of a payment.</summary>
internal sealed record DemoPayment(
    string Id, string Status, string Account, string Invoice, string Currency, long Amount, IReadOnlyList<DemoAttempt> Attempts, DateTimeOffset CreatedAt);

/// <summary>Something that happened.</summary>
internal sealed record DemoEvent(string Id, string Type, string? Account, string Subject, System.Text.Json.JsonElement Data, DateTimeOffset CreatedAt);

/// <summary>A posting: one ledger account debited, one credited.</summary>
internal sealed record DemoPosting(string Currency, string Debit, string Credit, long Amount);

/// <summary>The trial balance of the whole server in one currency.</summary>
internal sealed record DemoTrialBalance(string Currency, long Total);

/// <summary>A page of a list.</summary>
internal sealed record DemoPage<T>(IReadOnlyList<T> Data, bool HasMore, string? NextCursor);

/// <summary>Everything of one customer at the end of the scene.</summary>
internal sealed record DemoOutcome(
    DemoCustomer Customer,
    DemoAccount Account,
    IReadOnlyList<DemoSubscription> Subscriptions,
    IReadOnlyList<DemoInvoice> Invoices,
    IReadOnlyList<DemoPayment> Payments,
    IReadOnlyList<DemoPosting> Postings);
