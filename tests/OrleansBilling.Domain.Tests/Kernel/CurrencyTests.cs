using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Tests.Kernel;

public sealed class CurrencyTests
{
    [Theory]
    [InlineData("usd", 2)]
    [InlineData("EUR", 2)]
    [InlineData("jpy", 0)]
    [InlineData("kwd", 3)]
    [InlineData("huf", 2)]
    [InlineData("clp", 0)]
    public void Known_codes_carry_the_decimals_of_ISO_4217(string code, int decimals)
    {
        var currency = Currency.Of(code);
        Assert.Equal(decimals, currency.Decimals);
        Assert.Equal(code.ToLowerInvariant(), currency.Code);
        Assert.Same(currency, Currency.Find(code));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("us")]
    [InlineData("usdt")]
    [InlineData("xyz")]
    [InlineData("xau")]
    public void Unknown_codes_are_not_found_and_throw_where_they_must_be_valid(string? code)
    {
        Assert.Null(Currency.Find(code));
        Assert.Throws<ArgumentException>(() => Currency.Of(code!));
    }

    [Fact]
    public void Every_currency_has_a_code_of_three_lower_case_letters_and_at_most_three_decimals()
    {
        Assert.All(Currency.All, currency =>
        {
            Assert.Matches("^[a-z]{3}$", currency.Code);
            Assert.Contains(currency.Decimals, new[] { 0, 2, 3 });
        });
        Assert.Equal(Currency.All.Count(), Currency.All.Select(c => c.Code).Distinct(StringComparer.Ordinal).Count());
        Assert.True(Currency.All.Count() > 140);
    }
}
