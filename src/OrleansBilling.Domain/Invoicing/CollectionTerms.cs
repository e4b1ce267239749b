using NodaTime;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>What a subscription asks of the collection of an invoice beside its account's terms. Fixed when it is issued, also where it was a draft before.</summary>
public sealed record CollectionTerms
{
    /// <summary>Collection takes its course.</summary>
    public static CollectionTerms Ordinary { get; } = new();

    /// <summary>
    /// Collection is paused: no attempt is made by itself and it never turns past due. It is paid by a call or by hand.
    /// </summary>
    public bool Held { get; init; }

    /// <summary>
    /// The subscription waits for this payment: one attempt at once and no retries; unpaid it is voided at this instant. Null
    /// for every other invoice.
    /// </summary>
    public Instant? VoidAt { get; init; }

    /// <summary>Written off in the turn that issues it.</summary>
    public bool WrittenOff { get; init; }
}
