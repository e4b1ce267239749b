using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Tests.Payments;

public sealed class DeclineClassTests
{
    [Theory]
    [InlineData("lost_card", null, DeclineClass.Hard)]
    [InlineData("stolen_card", null, DeclineClass.Hard)]
    [InlineData("revocation_of_all_authorizations", null, DeclineClass.Hard)]
    [InlineData("expired_card", null, DeclineClass.Customer)]
    [InlineData("authentication_required", null, DeclineClass.Customer)]
    [InlineData("insufficient_funds", null, DeclineClass.Soft)]
    [InlineData("insufficient_funds", "try_again_later", DeclineClass.Soft)]
    [InlineData("insufficient_funds", "do_not_try_again", DeclineClass.Hard)]
    [InlineData("lost_card", "try_again_later", DeclineClass.Hard)]
    [InlineData("issuer_not_available", null, DeclineClass.Technical)]
    [InlineData("duplicate_transaction", null, DeclineClass.Duplicate)]
    [InlineData("never_heard_of", null, DeclineClass.Soft)]
    public void Advice_outranks_the_code_and_only_hardens_it(string code, string? advice, DeclineClass expected) =>
        Assert.Equal(expected, DeclineClasses.Of(code, advice));

    [Fact]
    public void Every_hard_code_is_hard() => Assert.All(DeclineClasses.HardCodes, code => Assert.Equal(DeclineClass.Hard, DeclineClasses.Of(code)));
}
