using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Wallets;

/// <summary>Where a grant stands.</summary>
public enum GrantStatus
{
    /// <summary>Sold, and its invoice is not paid yet: it cannot be used.</summary>
    Pending,

    /// <summary>It can be used from its effective instant until just before it expires.</summary>
    Active,

    /// <summary>It has expired; what was not held lapsed.</summary>
    Expired,

    /// <summary>Taken back by a person, or its invoice was voided.</summary>
    Voided,
}

/// <summary>What a reset of a recurring grant keeps: <c>min(maximum, max(minimum, balance))</c> (rules.md, "Prepaid credits").</summary>
/// <param name="Minimum">At least this is there afterwards; the grant's amount unless given.</param>
/// <param name="Maximum">At most this is there afterwards; not below <paramref name="Minimum"/>.</param>
public sealed record Rollover(decimal Minimum, decimal Maximum)
{
    /// <summary>The amount after a reset.</summary>
    public decimal After(decimal balance) => Math.Min(Maximum, Math.Max(Minimum, balance));

    /// <summary>How much more a reset would have kept of a larger balance.</summary>
    /// <param name="balance">What it counted.</param>
    public KeptMore More(decimal balance) => new(Math.Max(Minimum - balance, 0), Math.Max(Maximum - Math.Max(balance, Minimum), 0));
}

/// <summary>A grant of prepaid credit, with what is left of it.</summary>
/// <param name="Id"><c>grant_...</c></param>
/// <param name="Wallet">The wallet.</param>
/// <param name="Account">The account.</param>
/// <param name="Amount">What was granted, in the wallet's amounts; what a reset sets it back to.</param>
/// <param name="Priority">Lower ones are used first within a wallet.</param>
/// <param name="EffectiveAt">From when on it counts.</param>
/// <param name="ExpiresAt">It counts until just before this; null never expires.</param>
/// <param name="CreatedAt">On the account's clock.</param>
public sealed record Grant(
    string Id,
    string Wallet,
    string Account,
    decimal Amount,
    int Priority,
    Instant EffectiveAt,
    Instant? ExpiresAt,
    Instant CreatedAt)
{
    /// <summary>Where it stands.</summary>
    public GrantStatus Status { get; init; } = GrantStatus.Active;

    /// <summary>What is left, held parts included.</summary>
    public decimal Remaining { get; init; }

    /// <summary>What holds pin of <see cref="Remaining"/>.</summary>
    public decimal Held { get; init; }

    /// <summary>
    /// What usage that is not billed yet has used of it so far (rules.md, "Prepaid credits": "the burn is provisional until the line is
    /// final"): seen by holds, debits, alerts and top-ups, never by invoices, which take what they bill. Written by a look at usage; a
    /// decision moves it by a difference, below zero where usage took more than was seen.
    /// </summary>
    public decimal Provisional { get; init; }

    /// <summary>Turns that have moved <see cref="Provisional"/>: what a look saw before is not written after them. Read with the grant, never written.</summary>
    public int UsageTurns { get; init; }

    /// <summary>Minor units deferred for <see cref="Remaining"/>: revenue once it is used.</summary>
    public long Deferred { get; init; }

    /// <summary>Minor units it was sold for, before discount and tax; null where it was given.</summary>
    public long? Price { get; init; }

    /// <summary>The invoice it was sold on, or null.</summary>
    public string? Invoice { get; init; }

    /// <summary>True where an automatic top-up sold it; read with the grant, never written.</summary>
    public bool IsTopUp { get; init; }

    /// <summary>How that invoice stands; read from its row with the grant, never written.</summary>
    public InvoiceStatus? Sale { get; init; }

    /// <summary>The interval at which it is set back, or null.</summary>
    public BillingInterval? Recurrence { get; init; }

    /// <summary>What a reset keeps; null sets it back to its amount.</summary>
    public Rollover? Rollover { get; init; }

    /// <summary>The zone in which the recurrence is counted: the account's when it was granted.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Resets behind it.</summary>
    public int Cycle { get; init; }

    /// <summary>True where it was sold.</summary>
    public bool IsSold => Price is not null;

    /// <summary>False once it is used up or has ended, with nothing held: no turn reads it any more.</summary>
    public bool IsLiving => Status is GrantStatus.Pending || Held > 0 || (Status is GrantStatus.Active && (Remaining > 0 || Recurrence is not null));

    /// <summary>What is left and not held; whether it counts now is told by <see cref="CountsAt"/>.</summary>
    public decimal Free => Remaining - Held;

    /// <summary>Minor units that go with an amount of what is left: everything with all of it.</summary>
    public long DeferredFor(decimal amount) => amount == Remaining ? Deferred : Kernel.Rounding.ToMinorUnits(Deferred * amount / Remaining);

    /// <summary>What <see cref="Provisional"/> takes of <see cref="Free"/>.</summary>
    public decimal Burnt => Math.Clamp(Provisional, 0, Free);

    /// <summary>What can be held, debited or committed above a hold: what is neither held nor used by usage that is not billed yet.</summary>
    public decimal Available => Free - Burnt;

    /// <summary>True from the effective instant until just before the expiry, unless pending or voided.</summary>
    public bool CountsAt(Instant at) => Status is GrantStatus.Active && EffectiveAt <= at && (ExpiresAt is null || at < ExpiresAt);

    /// <summary>
    /// True where usage of its time is not billed yet: what is left when it expires or is set back waits for that, and lapses then.
    /// Read with the grant, never written.
    /// </summary>
    public bool AwaitsUsage { get; init; }

    /// <summary>Where a reset with rollover set it apart for usage: what of its rest rolls over; else null.</summary>
    public RolledOver? RollsOver { get; init; }

    /// <summary>When it is set back next; null where it does not recur, has ended, or expires before.</summary>
    public Instant? ResetsAt => Recurrence is not null && Status is GrantStatus.Active && BoundaryOf(Cycle + 1) is var at && !(ExpiresAt <= at) ? at : null;

    /// <summary>True where it has expired or is to be set back: then it matters whether it <see cref="AwaitsUsage"/>, and not before.</summary>
    public bool IsDueAt(Instant now) => Status is GrantStatus.Active && (ExpiresAt <= now || ResetsAt <= now);

    /// <summary>Since when what it has now counts: from its last reset on, unless that kept what was left.</summary>
    public Instant CountsFrom => Recurrence is null || Rollover is not null || Cycle == 0 ? EffectiveAt : BoundaryOf(Cycle);

    /// <summary>The instants between which what it has now may pay usage.</summary>
    public IEnumerable<Instant> Bounds => ExpiresAt is { } end ? [CountsFrom, end] : [CountsFrom];

    /// <summary>True where it may pay usage of a span, also once it has expired: until what was used in its time is billed.</summary>
    public bool CountsThroughout(Period span) => Status is GrantStatus.Active && CountsFrom <= span.Start && !(ExpiresAt < span.End);

    private Instant BoundaryOf(int cycle) =>
        PeriodCalendar.Boundary(PeriodCalendar.Resolve(new StartAnchor(), Recurrence!, EffectiveAt, TimeZone), cycle);
}
