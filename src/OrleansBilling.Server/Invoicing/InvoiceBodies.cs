using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Invoicing;

/// <summary>Makes an invoice of lines, without a subscription.</summary>
internal sealed record OneOffBody
{
    /// <summary>An account, by id or external id.</summary>
    [Text(TextKind.Reference)]
    public required string Account { get; init; }

    /// <summary>In the order in which they shall be shown.</summary>
    [Entries(1, Limits.LinesPerRequest)]
    public required IReadOnlyList<OneOffLineBody> Lines { get; init; }

    /// <summary>Codes of coupons, in the order in which they act; each serves this invoice alone.</summary>
    [Entries(0, Domain.Subscriptions.SubscriptionCoupons.Max), Text(TextKind.Code)]
    public IReadOnlyList<string>? Coupons { get; init; }

    /// <summary>False leaves a draft that waits for its <c>finalize</c>; true unless given.</summary>
    public bool? Finalize { get; init; }
}

/// <summary>A line: <c>amount</c>, or <c>quantity</c> and <c>unit_amount</c>.</summary>
internal sealed record OneOffLineBody
{
    /// <summary>Shown to the customer.</summary>
    [Text]
    public required string Description { get; init; }

    /// <summary>Minor units; below zero for a reduction.</summary>
    public long? Amount { get; init; }

    /// <summary>How many.</summary>
    [Decimal(Signed = true)]
    public decimal? Quantity { get; init; }

    /// <summary>Minor units of one; below zero for a reduction.</summary>
    [Decimal(Signed = true)]
    public decimal? UnitAmount { get; init; }

    /// <summary>Selects tax rates of the account that are limited to codes.</summary>
    [Text(TextKind.Code)]
    public string? TaxCode { get; init; }

    /// <summary>Percentages in place of the account's rates, each once.</summary>
    [Entries(0, Limits.TaxRates), Decimal(Max = 100)]
    public IReadOnlyList<decimal>? TaxRates { get; init; }
}

/// <summary>Collects an invoice now.</summary>
internal sealed record PayBody
{
    /// <summary>The id of a stored method; the account's default unless given.</summary>
    [Text(TextKind.Reference)]
    public string? PaymentMethod { get; init; }
}

/// <summary>Records money received outside the gateways.</summary>
internal sealed record RecordPaymentBody
{
    /// <summary>Minor units of the invoice's currency.</summary>
    [Whole(1, Limits.AmountMax)]
    public required long Amount { get; init; }

    /// <summary>The bank's or the book's name of the receipt.</summary>
    [Text(TextKind.Reference)]
    public required string Reference { get; init; }

    /// <summary>How it came, such as <c>bank_transfer</c>.</summary>
    [Text(TextKind.Code)]
    public required string Method { get; init; }
}

/// <summary>Sends money of a payment back.</summary>
internal sealed record RefundBody
{
    /// <summary>Minor units; all that is left of the payment unless given.</summary>
    [Whole(1, Limits.AmountMax)]
    public long? Amount { get; init; }

    /// <summary>Why.</summary>
    [Text]
    public required string Reason { get; init; }
}
