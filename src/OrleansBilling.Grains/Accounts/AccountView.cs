using NodaTime;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Accounts;

/// <summary>How an account is shown over HTTP. <c>balance</c> is the credit balance: positive is what we owe the customer.</summary>
public sealed record AccountView(
    string Id,
    string Object,
    string Name,
    string? Email,
    string? ExternalId,
    string Currency,
    string TimeZone,
    string? Country,
    IReadOnlyDictionary<string, string> Address,
    string Language,
    string LegalEntity,
    AccountTaxView Tax,
    string Collection,
    int NetTermsDays,
    int InvoiceGraceHours,
    string InvoiceGrouping,
    string? BilledTo,
    string DunningPolicy,
    string? DefaultPaymentMethod,
    long Balance,
    string? TestClock,
    Instant CreatedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The resource as JSON.</summary>
    public static string Render(AccountState state, long balance) => AnswerJson.Write(Of(state, balance));

    /// <summary>The view of a state with the balance that was read beside it.</summary>
    public static AccountView Of(AccountState state, long balance)
    {
        var settings = state.Settings;
        return new AccountView(
            state.Id, "account", settings.Name, settings.Email, settings.ExternalId, settings.Currency, settings.TimeZone,
            settings.Country, settings.Address, settings.Language.ToString().ToLowerInvariant(), settings.LegalEntity, AccountTaxView.Of(settings.Tax),
            settings.Collection is Domain.Accounts.CollectionMode.Automatic ? "automatic" : "send_invoice",
            settings.NetTermsDays, settings.InvoiceGraceHours, settings.InvoiceGrouping.ToString().ToLowerInvariant(), settings.BilledTo, settings.DunningPolicy, state.DefaultMethod, balance, settings.TestClock,
            state.CreatedAt, settings.Metadata);
    }
}

/// <summary>The tax settings of an account.</summary>
public sealed record AccountTaxView(IReadOnlyList<AccountTaxRateView> Rates, bool Inclusive, string Rounding, bool Exempt, string? TaxId)
{
    /// <summary>The view of settings.</summary>
    public static AccountTaxView Of(Domain.Accounts.TaxSettings tax) => new(
        [.. tax.Rates.Select(rate => new AccountTaxRateView(rate.Code, rate.Percentage, rate.TaxCodes.IsDefault ? [] : [.. rate.TaxCodes]))],
        tax.Inclusive, tax.Rounding is Domain.Accounts.TaxRounding.Line ? "line" : "document", tax.Exempt, tax.TaxId);
}

/// <summary>A tax rate of an account.</summary>
public sealed record AccountTaxRateView(string Code, decimal Percentage, IReadOnlyList<string> TaxCodes);

/// <summary>A stored payment method.</summary>
public sealed record PaymentMethodView(string Id, string Object, string Account, string Gateway, string Token, bool Default, Instant CreatedAt, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The view of a method.</summary>
    public static PaymentMethodView Of(AccountState state, AccountPaymentMethod method) => new(
        method.Id, "payment_method", state.Id, method.Gateway, method.Token, state.DefaultMethod == method.Id, method.CreatedAt,
        method.Metadata);
}

/// <summary>A move of the credit balance by hand.</summary>
public sealed record BalanceAdjustmentView(string Id, string Object, string Account, long Amount, string Currency, string Reason, long BalanceAfter, Instant CreatedAt)
{
    /// <summary>Always empty: an adjustment carries its reason.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;
}
