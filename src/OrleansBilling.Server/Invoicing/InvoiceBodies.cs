using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Invoicing;

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
