using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Accounts;

/// <summary>An account: its settings, payment methods and credit balance. Key: <c>acct_...</c></summary>
[Alias("OrleansBilling.IAccountGrain")]
public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>Opens the account. 409 <c>external_id_taken</c>; 404 <c>test_clock_not_found</c>; 422 <c>legal_entity_not_found</c>.</summary>
    [Alias("Create")]
    Task<CommandAnswer> Create(CommandKey key, Instant now, AccountSettings settings);

    /// <summary>Replaces what is given. 422 <c>currency_fixed</c> once a document, wallet or subscription exists.</summary>
    [Alias("Update")]
    Task<CommandAnswer> Update(CommandKey key, Instant now, AccountPatch patch);

    /// <summary>Stores a payment method; the first one becomes the default. 422 <c>payment_method_refused</c>.</summary>
    [Alias("AddPaymentMethod")]
    Task<CommandAnswer> AddPaymentMethod(CommandKey key, Instant now, string gateway, string token, bool makeDefault, ImmutableSortedDictionary<string, string> metadata);

    /// <summary>Makes a stored method the default. 404 <c>payment_method_not_found</c>.</summary>
    [Alias("SetDefaultPaymentMethod")]
    Task<CommandAnswer> SetDefaultPaymentMethod(CommandKey key, Instant now, string method);

    /// <summary>Detaches a method; the newest remaining one becomes the default. 404 <c>payment_method_not_found</c>.</summary>
    [Alias("RemovePaymentMethod")]
    Task<CommandAnswer> RemovePaymentMethod(CommandKey key, Instant now, string method);

    /// <summary>Moves the credit balance by hand. 422 <c>balance_below_zero</c>, <c>currency_mismatch</c>.</summary>
    [Alias("AdjustBalance")]
    Task<CommandAnswer> AdjustBalance(CommandKey key, Instant now, long amount, string currency, string reason);

    /// <summary>
    /// Leaves a line waiting for the next invoice. 404 <c>subscription_not_found</c>; 422 <c>subscription_ended</c> and the
    /// refusals of <see cref="PendingLines.ByHand"/>.
    /// </summary>
    [Alias("AddPendingLine")]
    Task<CommandAnswer> AddPendingLine(CommandKey key, Instant now, PendingLineOrder order);

    /// <summary>Removes a line that waits. 404 <c>pending_line_not_found</c>, also once it is invoiced; 422 <c>pending_line_not_manual</c>.</summary>
    [Alias("RemovePendingLine")]
    Task<CommandAnswer> RemovePendingLine(CommandKey key, Instant now, string line);
}

/// <summary>The settings of an account, validated by the front end.</summary>
[GenerateSerializer, Alias("account_settings"), Immutable]
public sealed record AccountSettings
{
    /// <summary>Shown on invoices.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Where invoices go.</summary>
    [Id(1)] public string? Email { get; init; }

    /// <summary>The caller's own name; unique.</summary>
    [Id(2)] public string? ExternalId { get; init; }

    /// <summary>Lower-case ISO 4217 code.</summary>
    [Id(3)] public required string Currency { get; init; }

    /// <summary>IANA zone.</summary>
    [Id(4)] public required string TimeZone { get; init; }

    /// <summary>ISO 3166 alpha-2, lower case.</summary>
    [Id(5)] public string? Country { get; init; }

    /// <summary>Postal address, by part: line1, line2, city, postal_code, state.</summary>
    [Id(6)] public ImmutableSortedDictionary<string, string> Address { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Tax settings.</summary>
    [Id(7)] public TaxSettings Tax { get; init; } = TaxSettings.None;

    /// <summary>How invoices are collected.</summary>
    [Id(8)] public CollectionMode Collection { get; init; }

    /// <summary>Local days from issue to due date.</summary>
    [Id(9)] public int NetTermsDays { get; init; }

    /// <summary>The dunning policy's code.</summary>
    [Id(10)] public string DunningPolicy { get; init; } = "default";

    /// <summary>The id of a test clock, or null for real time.</summary>
    [Id(11)] public string? TestClock { get; init; }

    /// <summary>At most 50 pairs.</summary>
    [Id(12)] public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The id of the account that the invoices of its subscriptions are issued to; null where it pays itself.</summary>
    [Id(31)] public string? BilledTo { get; init; }

    /// <summary>Hours for which invoices of subscriptions stay drafts; 0 issues at once.</summary>
    [Id(50)] public int InvoiceGraceHours { get; init; }

    /// <summary>Where lines of its subscriptions are gathered.</summary>
    [Id(80)] public InvoiceGrouping InvoiceGrouping { get; init; }

    /// <summary>The code of the seller of its invoices.</summary>
    [Id(60)] public string LegalEntity { get; init; } = Domain.Sellers.LegalEntity.DefaultCode;

    /// <summary>The language of its documents.</summary>
    [Id(61)] public DocumentLanguage Language { get; init; }
}

/// <summary>A change of settings; null members stay as they are.</summary>
[GenerateSerializer, Alias("account_patch"), Immutable]
public sealed record AccountPatch
{
    /// <summary>See <see cref="AccountSettings.Name"/>.</summary>
    [Id(0)] public string? Name { get; init; }

    /// <summary>See <see cref="AccountSettings.Email"/>; empty removes it.</summary>
    [Id(1)] public string? Email { get; init; }

    /// <summary>See <see cref="AccountSettings.ExternalId"/>; empty removes it.</summary>
    [Id(2)] public string? ExternalId { get; init; }

    /// <summary>See <see cref="AccountSettings.Currency"/>.</summary>
    [Id(3)] public string? Currency { get; init; }

    /// <summary>See <see cref="AccountSettings.TimeZone"/>; holds from each subscription's next boundary.</summary>
    [Id(4)] public string? TimeZone { get; init; }

    /// <summary>See <see cref="AccountSettings.Country"/>; empty removes it.</summary>
    [Id(5)] public string? Country { get; init; }

    /// <summary>See <see cref="AccountSettings.Address"/>; replaces it whole.</summary>
    [Id(6)] public ImmutableSortedDictionary<string, string>? Address { get; init; }

    /// <summary>See <see cref="AccountSettings.Tax"/>; what is given is merged.</summary>
    [Id(7)] public TaxPatch? Tax { get; init; }

    /// <summary>See <see cref="AccountSettings.Collection"/>.</summary>
    [Id(8)] public CollectionMode? Collection { get; init; }

    /// <summary>See <see cref="AccountSettings.NetTermsDays"/>.</summary>
    [Id(9)] public int? NetTermsDays { get; init; }

    /// <summary>See <see cref="AccountSettings.DunningPolicy"/>.</summary>
    [Id(10)] public string? DunningPolicy { get; init; }

    /// <summary>Merged by key; an empty value removes the key.</summary>
    [Id(11)] public ImmutableSortedDictionary<string, string>? Metadata { get; init; }

    /// <summary>See <see cref="AccountSettings.BilledTo"/>; empty removes it. Holds from the next invoice.</summary>
    [Id(31)] public string? BilledTo { get; init; }

    /// <summary>See <see cref="AccountSettings.InvoiceGraceHours"/>; holds for invoices made from then on.</summary>
    [Id(50)] public int? InvoiceGraceHours { get; init; }

    /// <summary>See <see cref="AccountSettings.InvoiceGrouping"/>; holds for lines made from then on.</summary>
    [Id(80)] public InvoiceGrouping? InvoiceGrouping { get; init; }

    /// <summary>See <see cref="AccountSettings.LegalEntity"/>; holds for invoices issued from then on.</summary>
    [Id(60)] public string? LegalEntity { get; init; }

    /// <summary>See <see cref="AccountSettings.Language"/>.</summary>
    [Id(61)] public DocumentLanguage? Language { get; init; }
}

/// <summary>A change of tax settings; null members stay as they are.</summary>
[GenerateSerializer, Alias("tax_patch"), Immutable]
public sealed record TaxPatch
{
    /// <summary>The rates; replaces them all.</summary>
    [Id(0)] public ImmutableArray<AccountTaxRate>? Rates { get; init; }

    /// <summary>See <see cref="TaxSettings.Inclusive"/>.</summary>
    [Id(1)] public bool? Inclusive { get; init; }

    /// <summary>See <see cref="TaxSettings.Rounding"/>.</summary>
    [Id(2)] public TaxRounding? Rounding { get; init; }

    /// <summary>See <see cref="TaxSettings.Exempt"/>.</summary>
    [Id(3)] public bool? Exempt { get; init; }

    /// <summary>See <see cref="TaxSettings.TaxId"/>; empty removes it.</summary>
    [Id(4)] public string? TaxId { get; init; }

    /// <summary>The settings with what is given.</summary>
    public TaxSettings Merge(TaxSettings old) => new(
        Rates ?? old.Rates, Inclusive ?? old.Inclusive, Rounding ?? old.Rounding, Exempt ?? old.Exempt,
        TaxId switch { null => old.TaxId, "" => null, _ => TaxId });
}
