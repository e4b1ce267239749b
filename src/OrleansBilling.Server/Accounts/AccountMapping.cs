using System.Collections.Immutable;
using System.Text.Json;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Accounts;

/// <summary>Turns requests about accounts into the messages of their grain.</summary>
internal static class AccountMapping
{
    /// <summary>The settings of a new account.</summary>
    public static AccountSettings ToSettings(AccountBody body, string currency) => new()
    {
        Name = body.Name,
        Email = Given(body.Email),
        ExternalId = ExternalName.Check(Given(body.ExternalId)),
        Currency = currency,
        TimeZone = body.TimeZone,
        Country = Given(body.Country),
        Address = ToAddress(body.Address) ?? ImmutableSortedDictionary<string, string>.Empty,
        Tax = ToTax(body.Tax) ?? TaxSettings.None,
        Collection = body.Collection ?? CollectionMode.Automatic,
        NetTermsDays = body.NetTermsDays ?? 0,
        InvoiceGraceHours = body.InvoiceGraceHours ?? 0,
        InvoiceGrouping = body.InvoiceGrouping ?? InvoiceGrouping.Subscription,
        DunningPolicy = body.DunningPolicy ?? "default",
        TestClock = body.TestClock,
        LegalEntity = body.LegalEntity ?? LegalEntity.DefaultCode,
        BilledTo = Given(body.BilledTo),
        Language = body.Language ?? DocumentLanguage.En,
        Metadata = ToMetadata(body.Metadata),
    };

    /// <summary>A change; an explicit null of what can be removed removes it.</summary>
    public static AccountPatch ToPatch(Call call, AccountPatchBody body) => new()
    {
        Name = body.Name,
        Email = Removable(call, "email", body.Email),
        ExternalId = ExternalName.Check(Removable(call, "external_id", body.ExternalId)),
        Currency = body.Currency,
        TimeZone = body.TimeZone,
        Country = Removable(call, "country", body.Country),
        Address = ToAddress(body.Address),
        Tax = ToTaxPatch(call, body.Tax),
        Collection = body.Collection,
        NetTermsDays = body.NetTermsDays,
        InvoiceGraceHours = body.InvoiceGraceHours,
        InvoiceGrouping = body.InvoiceGrouping,
        DunningPolicy = body.DunningPolicy,
        LegalEntity = body.LegalEntity,
        BilledTo = Removable(call, "billed_to", body.BilledTo),
        Language = body.Language,
        Metadata = body.Metadata is null ? null : body.Metadata.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };

    /// <summary>Pairs of a new resource; empty values say nothing and are left out.</summary>
    public static ImmutableSortedDictionary<string, string> ToMetadata(IReadOnlyDictionary<string, string>? pairs) =>
        (pairs ?? ImmutableDictionary<string, string>.Empty).Where(pair => pair.Value.Length > 0).ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static TaxSettings? ToTax(TaxBody? body)
    {
        if (body is null)
        {
            return null;
        }

        return new TaxSettings(
            ToRates(body.Rates) ?? [], body.Inclusive ?? false, body.Rounding ?? TaxRounding.Document, body.Exempt ?? false, Given(body.TaxId));
    }

    private static TaxPatch? ToTaxPatch(Call call, TaxBody? body) => body is null ? null : new TaxPatch
    {
        Rates = ToRates(body.Rates),
        Inclusive = body.Inclusive,
        Rounding = body.Rounding,
        Exempt = body.Exempt,
        TaxId = call.Body.TryGetProperty("tax", out var tax) && tax.TryGetProperty("tax_id", out var id) && id.ValueKind is JsonValueKind.Null ? "" : body.TaxId,
    };

    private static ImmutableArray<AccountTaxRate>? ToRates(IReadOnlyList<TaxRateBody>? rates)
    {
        if (rates is null)
        {
            return null;
        }

        for (var i = 0; i < rates.Count; i++)
        {
            if (rates.Take(i).Any(rate => rate.Code == rates[i].Code))
            {
                throw new Problem(422, "duplicate_code", "Give each tax rate a code of its own.", $"tax.rates[{i}].code").Exception();
            }
        }

        return [.. rates.Select(rate => new AccountTaxRate(rate.Code, rate.Percentage, [.. rate.TaxCodes ?? []]))];
    }

    /// <summary>An address by part; parts that are not given are left out.</summary>
    public static ImmutableSortedDictionary<string, string>? ToAddress(AddressBody? body) => body is null ? null : new[]
    {
        ("line1", body.Line1), ("line2", body.Line2), ("city", body.City), ("postal_code", body.PostalCode), ("state", body.State),
    }.Where(part => part.Item2 is not null).ToImmutableSortedDictionary(part => part.Item1, part => part.Item2!, StringComparer.Ordinal);

    /// <summary>A text that says something, or null.</summary>
    public static string? Given(string? value) => value is { Length: > 0 } ? value : null;

    /// <summary>What a change gives of a field that can be removed: an explicit null reads as empty.</summary>
    public static string? Removable(Call call, string field, string? value) =>
        call.Body.TryGetProperty(field, out var given) && given.ValueKind is JsonValueKind.Null ? "" : value;
}
