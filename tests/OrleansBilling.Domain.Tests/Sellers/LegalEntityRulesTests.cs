using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Domain.Tests.Sellers;

public sealed class LegalEntityRulesTests
{
    private static readonly LegalEntity Acme = new("acme", 3, "Acme GmbH", Instant.FromUtc(2026, 1, 1, 0, 0))
    {
        Address = Map("city", "Berlin"),
        Country = "de",
        TaxIds = ["DE123456789"],
        Numbering = new Numbering(NumberingScope.Entity, "A-"),
        DefaultCurrency = "eur",
        CashRounding = ImmutableSortedDictionary<string, long>.Empty.Add("chf", 5),
        Footer = "Bank",
        Metadata = Map("a", "1"),
    };

    [Fact]
    public void A_change_is_the_next_version_and_keeps_what_is_not_given()
    {
        var next = LegalEntityRules.Change(Acme, new LegalEntityChange { Name = "Acme AG", Metadata = Map("b", "2") }).Value;
        Assert.Equal((4, "Acme AG", "de", "eur", "Bank"), (next.Version, next.Name, next.Country, next.DefaultCurrency, next.Footer));
        Assert.Equal(["a", "b"], next.Metadata.Keys);
        Assert.Equal(("acme", 4, Acme.Numbering), (next.Facts().Code, next.Facts().Version, next.Facts().Numbering));
    }

    [Fact]
    public void A_change_that_changes_nothing_is_no_version()
    {
        var same = new LegalEntityChange
        {
            Name = "Acme GmbH", Address = Map("city", "Berlin"), TaxIds = ["DE123456789"], Numbering = new Numbering(NumberingScope.Entity, "A-"),
            CashRounding = ImmutableSortedDictionary<string, long>.Empty.Add("chf", 5), Metadata = Map("a", "1"),
        };
        Assert.Equal(3, LegalEntityRules.Change(Acme, same).Value.Version);
    }

    [Fact]
    public void An_empty_text_removes()
    {
        var next = LegalEntityRules.Change(Acme, new LegalEntityChange { Country = "", DefaultCurrency = "", Footer = "", Metadata = Map("a", "") }).Value;
        Assert.Equal((null, null, null, 0), (next.Country, next.DefaultCurrency, next.Footer, next.Metadata.Count));
    }

    [Theory]
    [InlineData("A-", null, 5, null)]
    [InlineData("", null, 5, null)]
    [InlineData("2026/R_1.", null, 5, null)]
    [InlineData("A 1", null, 5, "numbering_prefix_invalid")]
    [InlineData("Ä", null, 5, "numbering_prefix_invalid")]
    [InlineData("123456789012345678901", null, 5, "numbering_prefix_invalid")]
    [InlineData("A", "zzz", 5, "unknown_currency")]
    [InlineData("A", null, 1, "cash_rounding_invalid")]
    [InlineData("A", null, 0, "cash_rounding_invalid")]
    [InlineData("A", null, -5, "cash_rounding_invalid")]
    [InlineData("A", null, 100_000, null)]
    [InlineData("A", null, 100_001, "cash_rounding_invalid")]
    public void What_a_seller_may_be(string prefix, string? currency, long step, string? code)
    {
        var change = new LegalEntityChange
        {
            Numbering = new Numbering(NumberingScope.Account, prefix), DefaultCurrency = currency, CashRounding = ImmutableSortedDictionary<string, long>.Empty.Add("sek", step),
        };
        Assert.Equal(code, LegalEntityRules.Change(Acme, change).Refusal?.Code);
    }

    [Theory]
    [InlineData("CHF")]
    [InlineData("xxx")]
    public void Cash_rounding_names_currencies_by_their_code(string currency) => Assert.Equal(
        "unknown_currency", LegalEntityRules.Change(Acme, new LegalEntityChange { CashRounding = ImmutableSortedDictionary<string, long>.Empty.Add(currency, 5) }).Refusal?.Code);

    [Fact]
    public void A_buyer_shows_the_same_until_what_is_printed_changes()
    {
        var ada = new Buyer("Ada", null, Map("city", "Berlin"), "de", null, DocumentLanguage.De);
        Assert.True(ada.Shows(ada with { Address = Map("city", "Berlin") }));
        Assert.False(ada.Shows(ada with { Address = Map("city", "Bonn") }));
        Assert.False(ada.Shows(ada with { Language = DocumentLanguage.Fr }));
    }

    [Theory]
    [InlineData("de", true)]
    [InlineData("xk", true)]
    [InlineData("uk", false)]
    [InlineData("zz", false)]
    [InlineData("", false)]
    public void Countries_are_those_of_iso_3166(string code, bool known) => Assert.Equal(known, Countries.IsKnown(code));

    private static ImmutableSortedDictionary<string, string> Map(string key, string value) =>
        ImmutableSortedDictionary<string, string>.Empty.Add(key, value);
}
