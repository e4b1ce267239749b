using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Accounts;

/// <summary>How invoices are collected.</summary>
public enum CollectionMode
{
    /// <summary>The default payment method is charged at issue.</summary>
    Automatic,

    /// <summary>The customer is asked to pay within the net terms.</summary>
    SendInvoice,
}

/// <summary>Where lines of an account's subscriptions are gathered.</summary>
public enum InvoiceGrouping
{
    /// <summary>An invoice for each subscription.</summary>
    Subscription,

    /// <summary>One invoice for all subscriptions that renew at the same instant.</summary>
    Account,
}

/// <summary>How tax is rounded (rules.md, "Tax").</summary>
public enum TaxRounding
{
    /// <summary>Per rate the exact sum of the document is rounded once and spread over its lines.</summary>
    Document,

    /// <summary>Each line is rounded.</summary>
    Line,
}

/// <summary>A tax rate of an account.</summary>
/// <param name="Code">The caller's name, such as <c>vat</c>.</param>
/// <param name="Percentage">Percent, not negative.</param>
/// <param name="TaxCodes">Applies to lines with one of these codes only; empty applies to all.</param>
public sealed record AccountTaxRate(string Code, decimal Percentage, ImmutableArray<string> TaxCodes)
{
    /// <summary>True where the rate applies to a line with the given tax code.</summary>
    public bool AppliesTo(string? taxCode) => TaxCodes.IsDefaultOrEmpty || (taxCode is not null && TaxCodes.Contains(taxCode));
}

/// <summary>The tax settings of an account.</summary>
public sealed record TaxSettings(ImmutableArray<AccountTaxRate> Rates, bool Inclusive, TaxRounding Rounding, bool Exempt, string? TaxId)
{
    /// <summary>No tax.</summary>
    public static TaxSettings None { get; } = new([], Inclusive: false, TaxRounding.Document, Exempt: false, TaxId: null);

    /// <summary>The rates that apply to a line with the given tax code; none where the account is exempt.</summary>
    public ImmutableArray<TaxRate> RatesFor(string? taxCode) =>
        Exempt ? [] : [.. Rates.Where(rate => rate.AppliesTo(taxCode)).Select(rate => new TaxRate(rate.Code, rate.Percentage))];
}

/// <summary>A stored means of payment. The product never sees a card number, only the gateway's token.</summary>
/// <param name="Id"><c>pm_...</c></param>
/// <param name="Gateway"><c>sandbox</c>, <c>stripe</c> or <c>square</c>.</param>
/// <param name="Token">The gateway's name for it.</param>
public sealed record PaymentMethodRef(string Id, string Gateway, string Token);

/// <summary>
/// What renewals need of the account. A versioned row beside the account's grain state: the schedule reads it with its
/// batch, and the commit checks the version.
/// </summary>
/// <param name="Account"><c>acct_...</c></param>
/// <param name="Version">Counts up with every change of these facts.</param>
/// <param name="Currency">Fixed by the account's first document or subscription.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Clock"><c>live</c>, or the id of a test clock.</param>
/// <param name="Tax">Tax settings.</param>
/// <param name="Collection">Automatic or by sent invoice.</param>
/// <param name="NetTermsDays">Local days from issue to due date.</param>
/// <param name="Grouping">Where lines are gathered.</param>
/// <param name="DefaultMethod">Charged by automatic collection; null where there is none.</param>
/// <param name="DunningPolicy">The code of the dunning policy.</param>
public sealed record AccountFacts(
    string Account,
    long Version,
    Currency Currency,
    string TimeZone,
    string Clock,
    TaxSettings Tax,
    CollectionMode Collection,
    int NetTermsDays,
    InvoiceGrouping Grouping,
    PaymentMethodRef? DefaultMethod,
    string DunningPolicy)
{
    /// <summary>Hours for which invoices of subscriptions stay drafts before they are finalised by themselves; 0 issues at once.</summary>
    public int InvoiceGraceHours { get; init; }

    /// <summary>The clock of accounts that live in real time.</summary>
    public const string LiveClock = "live";

    /// <summary>The code of the seller of the account's invoices.</summary>
    public string LegalEntity { get; init; } = Sellers.LegalEntity.DefaultCode;

    /// <summary>The account that the invoices of its subscriptions are issued to; null where it pays itself.</summary>
    public string? BilledTo { get; init; }
}
