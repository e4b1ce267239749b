using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Catalog;

/// <summary>Makes a coupon.</summary>
internal sealed record CouponBody
{
    /// <summary>Its name; unique.</summary>
    [Text(TextKind.Code)]
    public required string Code { get; init; }

    /// <summary>Percent, above 0 and at most 100; or <c>amount_off</c>.</summary>
    [Decimal(Signed = true)]
    public decimal? PercentOff { get; init; }

    /// <summary>Minor units, given once per period; or <c>percent_off</c>.</summary>
    public long? AmountOff { get; init; }

    /// <summary>The currency of the amount.</summary>
    [Text(TextKind.Currency)]
    public string? Currency { get; init; }

    /// <summary>For how many paid periods it serves.</summary>
    public required CouponDuration Duration { get; init; }

    /// <summary>How many, where it is <c>repeating</c>; periods in which it reduces nothing are not counted.</summary>
    [Whole(int.MinValue, int.MaxValue)]
    public int? Periods { get; init; }

    /// <summary>Codes of plans or prices, or <c>plan/price</c>; everything unless given.</summary>
    [Entries(1, CouponRules.MaxTargets), Text(TextKind.Reference)]
    public IReadOnlyList<string>? AppliesTo { get; init; }

    /// <summary>How often it can be redeemed by all accounts together; without limit unless given.</summary>
    public long? MaxRedemptions { get; init; }

    /// <summary>The last instant at which it can be redeemed, on the clock of who redeems it.</summary>
    public Instant? RedeemBy { get; init; }

    /// <summary>An amount used once keeps what one period does not use; it is lost unless given.</summary>
    public bool? CarryRemainder { get; init; }

    /// <summary>At most 50 pairs.</summary>
    [Entries(0, Limits.MetadataPairs, KeyLength = Limits.MetadataKeyLength), Text(Max = Limits.MetadataValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
