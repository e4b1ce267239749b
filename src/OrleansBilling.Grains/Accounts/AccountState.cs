using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Grains.Accounts;

/// <summary>An account as its grain keeps it. The credit balance is a row, not part of this: no grain caches a balance.</summary>
public sealed record AccountState(string Id, AccountSettings Settings, Instant CreatedAt, long FactsVersion)
{
    /// <summary>Stored payment methods, oldest first.</summary>
    public ImmutableArray<AccountPaymentMethod> Methods { get; init; } = [];

    /// <summary>Id of the default method, or null.</summary>
    public string? DefaultMethod { get; init; }

    /// <summary>The clock that the account lives on.</summary>
    public string Clock => Settings.TestClock ?? AccountFacts.LiveClock;

    /// <summary>What renewals need of it, as its row shows it.</summary>
    public AccountFacts Facts() => new(
        Id, FactsVersion, Currency.Of(Settings.Currency), Settings.TimeZone, Clock, Settings.Tax, Settings.Collection,
        Settings.NetTermsDays, Settings.InvoiceGrouping,
        Methods.FirstOrDefault(method => method.Id == DefaultMethod)?.Ref(), Settings.DunningPolicy)
    {
        LegalEntity = Settings.LegalEntity,
        InvoiceGraceHours = Settings.InvoiceGraceHours,
        BilledTo = Settings.BilledTo,
    };

    /// <summary>Whom its documents name.</summary>
    public Buyer Buyer() => new(Settings.Name, Settings.Email, Settings.Address, Settings.Country, Settings.Tax.TaxId, Settings.Language);
}

/// <summary>A stored payment method.</summary>
public sealed record AccountPaymentMethod(string Id, string Gateway, string Token, Instant CreatedAt)
{
    /// <summary>The caller's own pairs.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Its reference in facts.</summary>
    public PaymentMethodRef Ref() => new(Id, Gateway, Token);
}
