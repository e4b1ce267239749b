namespace OrleansBilling.Domain.Schedule;

/// <summary>
/// What a row of due work asks for. The order of the members is the order in which work of one account is done where
/// it falls on one instant (rules.md, "Order at one instant").
/// </summary>
public enum DueKind
{
    /// <summary>Subscription: its end or cancellation.</summary>
    Cancel,

    /// <summary>Subscription: a scheduled change.</summary>
    Change,

    /// <summary>Subscription: pause or resume.</summary>
    Resume,

    /// <summary>Subscription: the pause of its collection ends.</summary>
    CollectionResume,

    /// <summary>Subscription: its scheduled start.</summary>
    Start,

    /// <summary>Subscription: the trial ends.</summary>
    TrialEnd,

    /// <summary>Wallet: a hold runs out.</summary>
    HoldExpiry,

    /// <summary>Wallet: a grant expires, or begins to count.</summary>
    GrantExpiry,

    /// <summary>Wallet: a recurring grant is set back.</summary>
    GrantReset,

    /// <summary>Subscription: the next period begins.</summary>
    Renewal,

    /// <summary>Subscription: usage that was waited for is billed.</summary>
    UsageClose,

    /// <summary>Subscription: an alert has fired that bills what was used so far.</summary>
    UsagePiece,

    /// <summary>Account: the lines that its subscriptions have gathered go on one invoice.</summary>
    Gather,

    /// <summary>Invoice: a draft is issued.</summary>
    Finalize,

    /// <summary>Invoice: credit is on its way to it.</summary>
    CreditArrived,

    /// <summary>Invoice: send the queued attempt, ask for an outcome, or take the next step of the retry schedule.</summary>
    Collect,

    /// <summary>Subscription: the collection of one of its invoices has changed.</summary>
    CollectionChanged,

    /// <summary>Invoice: send refunds that are pending.</summary>
    Refund,

    /// <summary>Wallet: the invoice of a grant was settled or voided, or credit was used and a top-up may be needed.</summary>
    WalletChanged,

    /// <summary>Subscription: events of closed spans of usage have arrived or been corrected.</summary>
    UsageLate,

    /// <summary>Migration to another plan version: its next batch.</summary>
    Migrate,

    /// <summary>Alerts of an account: something that they watch has changed. Comes after all that may change it.</summary>
    AlertCheck,

    /// <summary>Wallets of an account: usage that is not billed yet, or what pays it, has changed. What it changes asks for a look at alerts itself.</summary>
    UsageBurn,
}
