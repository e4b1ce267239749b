using NodaTime;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Server.Catalog;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Wallets;

/// <summary>Opens a wallet.</summary>
internal sealed record WalletBody
{
    /// <summary>The account, by id or external id.</summary>
    [Text(TextKind.Reference)]
    public required string Account { get; init; }

    /// <summary>A wallet in money: the account's currency. Or give <c>unit</c>.</summary>
    [Text(TextKind.Currency)]
    public string? Currency { get; init; }

    /// <summary>A unit wallet: the name of one unit, such as <c>token</c>.</summary>
    [Text(TextKind.Code)]
    public string? Unit { get; init; }

    /// <summary>Minor units of the account's currency that one unit is worth.</summary>
    [Decimal(Positive = true)]
    public decimal? UnitValue { get; init; }

    /// <summary>Shown to people.</summary>
    [Text]
    public string? Name { get; init; }

    /// <summary>Lower ones are used first; 0 unless given.</summary>
    [Whole(-1_000_000, 1_000_000)]
    public int? Priority { get; init; }

    /// <summary>Price codes whose lines it may pay; all unless given.</summary>
    [Entries(0, Limits.PricesPerPlan), Text(TextKind.Code)]
    public IReadOnlyList<string>? AppliesTo { get; init; }

    /// <summary>Automatic top-up.</summary>
    public TopUpBody? TopUp { get; init; }

    /// <summary>At most 50 pairs.</summary>
    [Entries(0, Limits.MetadataPairs, KeyLength = Limits.MetadataKeyLength), Text(Max = Limits.MetadataValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Automatic top-up: where the available amount is at or below a bound, grants are sold until it is above.</summary>
internal sealed record TopUpBody
{
    /// <summary>The bound, in the wallet's amounts.</summary>
    [Decimal(OrWhole = true)]
    public required decimal Below { get; init; }

    /// <summary>Amount of one grant.</summary>
    [Decimal(OrWhole = true, Positive = true)]
    public required decimal Amount { get; init; }
}

/// <summary>Changes what is given.</summary>
internal sealed record WalletPatchBody
{
    /// <summary>Shown to people.</summary>
    [Text]
    public string? Name { get; init; }

    /// <summary>Lower ones are used first.</summary>
    [Whole(-1_000_000, 1_000_000)]
    public int? Priority { get; init; }

    /// <summary>Automatic top-up; null ends it. Given anew, also as it was, one that is suspended goes on.</summary>
    public TopUpBody? TopUp { get; init; }
}

/// <summary>Grants prepaid credit.</summary>
internal sealed record GrantBody
{
    /// <summary>Minor units, or units of a unit wallet.</summary>
    [Decimal(OrWhole = true, Positive = true)]
    public required decimal Amount { get; init; }

    /// <summary>Minor units it is sold for, before tax: on an invoice, usable once that is paid. Given for nothing unless given.</summary>
    [Whole(0, Limits.AmountMax)]
    public long? Price { get; init; }

    /// <summary>Lower ones are used first; 0 unless given.</summary>
    [Whole(-1_000_000, 1_000_000)]
    public int? Priority { get; init; }

    /// <summary>From when on it counts; now unless given.</summary>
    public Instant? EffectiveAt { get; init; }

    /// <summary>It counts until just before this; never expires unless given.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>What a reset keeps; nothing unless given.</summary>
    public RolloverBody? Rollover { get; init; }

    /// <summary>The interval at which the grant is set back to its amount.</summary>
    public IntervalBody? Recurrence { get; init; }
}

/// <summary>What a reset keeps: <c>min(maximum, max(minimum, balance))</c>.</summary>
internal sealed record RolloverBody
{
    /// <summary>The grant's amount unless given.</summary>
    [Decimal(OrWhole = true)]
    public decimal? Minimum { get; init; }

    /// <summary>Not below the minimum.</summary>
    [Decimal(OrWhole = true, Positive = true)]
    public required decimal Maximum { get; init; }
}

/// <summary>Takes an amount by hand.</summary>
internal sealed record DebitBody
{
    /// <summary>Minor units, or units of a unit wallet.</summary>
    [Decimal(OrWhole = true, Positive = true)]
    public required decimal Amount { get; init; }

    /// <summary>Told in the event.</summary>
    [Text]
    public required string Reason { get; init; }
}

/// <summary>Sets an amount apart.</summary>
internal sealed record HoldBody
{
    /// <summary>The id of the wallet.</summary>
    [Text(TextKind.Reference)]
    public required string Wallet { get; init; }

    /// <summary>Minor units, or units of a unit wallet.</summary>
    [Decimal(OrWhole = true, Positive = true)]
    public required decimal Amount { get; init; }

    /// <summary>1 second to 31 days; an hour unless given.</summary>
    [Whole(1, 31 * 24 * 3600)]
    public long ExpiresInSeconds { get; init; } = 3600;
}

/// <summary>Uses a hold.</summary>
internal sealed record CommitBody
{
    /// <summary>What was used; what is left of the hold goes back.</summary>
    [Decimal(OrWhole = true)]
    public required decimal Amount { get; init; }

    /// <summary>What an amount above the hold does; refused unless given.</summary>
    public OverHold? Over { get; init; }
}
