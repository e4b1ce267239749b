using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Tests.Kernel;

public sealed class DecidedTests
{
    [Fact]
    public void A_value_is_accepted()
    {
        Decided<int> decided = 7;
        Assert.True(decided.IsAccepted);
        Assert.Equal(7, decided.Value);
        Assert.Null(decided.Refusal);
    }

    [Fact]
    public void A_refusal_has_no_value()
    {
        var refusal = Refusal.Rule("before_last_change", "Give a later instant.", "when");
        Decided<int> decided = refusal;
        Assert.False(decided.IsAccepted);
        Assert.Same(refusal, decided.Refusal);
        var thrown = Assert.Throws<InvalidOperationException>(() => decided.Value);
        Assert.Contains("before_last_change", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_kind_of_refusal_has_its_factory()
    {
        Assert.Equal(new Refusal(RefusalKind.Invalid, "a", "b", "c"), Refusal.Invalid("a", "b", "c"));
        Assert.Equal(new Refusal(RefusalKind.NotFound, "a", "b"), Refusal.NotFound("a", "b"));
        Assert.Equal(new Refusal(RefusalKind.Conflict, "a", "b"), Refusal.Conflict("a", "b"));
        Assert.Equal(new Refusal(RefusalKind.Rule, "a", "b"), Refusal.Rule("a", "b"));
    }
}
