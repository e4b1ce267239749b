using CsCheck;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Tests.Kernel;

public sealed class MoneyTests
{
    private static readonly Currency Usd = Currency.Of("usd");
    private static readonly Gen<long> Amount = Gen.Long[-1_000_000_000_000, 1_000_000_000_000];

    [Theory]
    [InlineData("usd", 1250, "12.50 usd")]
    [InlineData("usd", -5, "-0.05 usd")]
    [InlineData("jpy", 1250, "1250 jpy")]
    [InlineData("kwd", 1250, "1.250 kwd")]
    [InlineData("usd", long.MaxValue, "92233720368547758.07 usd")]
    public void Text_shows_major_units_with_the_decimals_of_the_currency(string code, long amount, string text) =>
        Assert.Equal(text, new Money(amount, Currency.Of(code)).ToString());

    [Fact]
    public void Two_currencies_never_meet()
    {
        var dollars = new Money(1, Usd);
        var euros = new Money(1, Currency.Of("eur"));
        Assert.Throws<InvalidOperationException>(() => dollars + euros);
        Assert.Throws<InvalidOperationException>(() => dollars - euros);
        Assert.Throws<InvalidOperationException>(() => dollars < euros);
        Assert.Throws<InvalidOperationException>(() => dollars >= euros);
        Assert.Throws<InvalidOperationException>(() => Money.Min(dollars, euros));
        Assert.Throws<InvalidOperationException>(() => dollars.CompareTo(euros));
        Assert.NotEqual(dollars, euros);
    }

    [Fact]
    public void Overflow_throws_instead_of_wrapping()
    {
        var most = new Money(long.MaxValue, Usd);
        var least = new Money(long.MinValue, Usd);
        Assert.Throws<OverflowException>(() => most + new Money(1, Usd));
        Assert.Throws<OverflowException>(() => least - new Money(1, Usd));
        Assert.Throws<OverflowException>(() => -least);
    }

    [Fact]
    public void Arithmetic_is_that_of_whole_numbers() =>
        Gen.Select(Amount, Amount).Sample((a, b) =>
        {
            var (left, right) = (new Money(a, Usd), new Money(b, Usd));
            Assert.Equal(a + b, (left + right).Amount);
            Assert.Equal(a - b, (left - right).Amount);
            Assert.Equal(-a, (-left).Amount);
            Assert.Equal(Math.Min(a, b), Money.Min(left, right).Amount);
            Assert.Equal(a < b, left < right);
            Assert.Equal(a > b, left > right);
            Assert.Equal(a <= b, left <= right);
            Assert.Equal(a >= b, left >= right);
            Assert.Equal(a == 0, left.IsZero);
            Assert.Equal(left, left + Money.Zero(Usd));
        });
}
