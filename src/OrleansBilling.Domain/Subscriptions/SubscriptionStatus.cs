namespace OrleansBilling.Domain.Subscriptions;

/// <summary>The states of a subscription.</summary>
public enum SubscriptionStatus
{
    /// <summary>Not started yet: its start lies ahead.</summary>
    Incomplete,

    /// <summary>In its trial: nothing is billed.</summary>
    Trialing,

    /// <summary>Renews, and nothing is past due.</summary>
    Active,

    /// <summary>Renews; an invoice is past due and still being collected.</summary>
    PastDue,

    /// <summary>Renews without collection: the last retry of an invoice has failed.</summary>
    Unpaid,

    /// <summary>Bills nothing until it is resumed.</summary>
    Paused,

    /// <summary>Ended for good.</summary>
    Canceled,
}

/// <summary>What to do where a trial ends without a payment method.</summary>
public enum TrialMissingMethod
{
    /// <summary>Issue the invoice; collection takes its course.</summary>
    Invoice,

    /// <summary>Pause the subscription until it is resumed.</summary>
    Pause,

    /// <summary>Cancel the subscription.</summary>
    Cancel,
}
