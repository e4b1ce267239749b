using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Tests.Kernel;

public sealed class CardNumbersTests
{
    [Theory]
    [InlineData("4242424242424242")] // Visa
    [InlineData("4222222222222")] // Visa of 13
    [InlineData("5555555555554444")] // Mastercard
    [InlineData("2223003122003222")] // Mastercard, 2-series
    [InlineData("378282246310005")] // American Express
    [InlineData("30569309025904")] // Diners
    [InlineData("3530111333300000")] // JCB
    [InlineData("6011111111111117")] // Discover
    [InlineData("6200000000000005")] // UnionPay
    [InlineData("4242 4242 4242 4242")]
    [InlineData("4242-4242-4242-4242")]
    [InlineData("4242.4242.4242.4242")]
    [InlineData("4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2")]
    [InlineData("card:4242424242424242,cvc")]
    [InlineData("order 12 4242 4242 4242 4242 of May")]
    [InlineData("x4242424242424242x")]
    [InlineData("４２４２４２４２４２４２４２４２")] // full-width digits
    [InlineData("42424242 4242\u00a04242")]
    public void A_card_number_is_found(string text)
    {
        Assert.True(CardNumbers.Contains(text));
        var redacted = CardNumbers.Redact(text);
        Assert.Contains("[card number removed]", redacted, StringComparison.Ordinal);
        Assert.False(CardNumbers.Contains(redacted));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4242424242424241")] // Luhn fails
    [InlineData("1234567812345670")] // no brand begins with 1
    [InlineData("424242424242")] // twelve digits
    [InlineData("42424242424242424242")] // twenty digits: no card number begins or ends within
    [InlineData("+49 30 901820, room 4242")]
    [InlineData("4242 4242, and then 4242 4242")]
    [InlineData("acct_01m81sqperdhp9bmn151jxn30m")]
    [InlineData("2026-11-22T14:14:35.224263Z")]
    public void Other_text_is_left_alone(string text)
    {
        Assert.False(CardNumbers.Contains(text));
        Assert.Equal(text, CardNumbers.Redact(text));
    }

    [Fact]
    public void Every_number_of_a_text_is_removed_and_the_rest_stays() => Assert.Equal(
        "from [card number removed] to [card number removed].",
        CardNumbers.Redact("from 4242 4242 4242 4242 to 378282246310005."));
}
