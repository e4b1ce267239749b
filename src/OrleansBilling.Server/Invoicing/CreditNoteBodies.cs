using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Invoicing;

/// <summary>Takes lines of an invoice back. Give <c>lines</c> or <c>amount</c>.</summary>
internal sealed record CreditNoteBody
{
    /// <summary>The id of an invoice.</summary>
    [Text(TextKind.Reference)]
    public required string Invoice { get; init; }

    /// <summary>Amounts by line.</summary>
    [Entries(1, Limits.LinesPerRequest)]
    public IReadOnlyList<CreditNoteLineBody>? Lines { get; init; }

    /// <summary>Minor units with tax, spread over the lines in proportion to what is left of them.</summary>
    [Whole(1, Limits.AmountMax)]
    public long? Amount { get; init; }

    /// <summary>Why; shown on the document.</summary>
    [Text]
    public required string Reason { get; init; }

    /// <summary>Where what is not unpaid goes: back as money as far as it was received, or to the credit balance.</summary>
    public required CreditNoteSettlement Settle { get; init; }
}

/// <summary>An amount of a line.</summary>
internal sealed record CreditNoteLineBody
{
    /// <summary>The id of a line of the invoice.</summary>
    [Text(TextKind.Reference)]
    public required string Line { get; init; }

    /// <summary>Minor units, before the line's share of discount and tax.</summary>
    [Whole(1, Limits.AmountMax)]
    public required long Amount { get; init; }
}
