using OrleansBilling.Server.Demo;

namespace OrleansBilling.Server.Tests.Demo;

/// <summary>The script agrees with itself.</summary>
public sealed class DemoCastTests
{
    [Fact]
    public void Acts_go_forward_in_time() => Assert.Equal(DemoAct.All.OrderBy(act => act.To), DemoAct.All);

    [Fact]
    public void Whoever_acts_is_on_stage() => Assert.All(
        DemoAct.All.Where(act => act.Customer is not null), act => Assert.Contains(DemoCast.Customers, customer => customer.Key == act.Customer));

    [Fact]
    public void Names_are_unique() => Assert.Equal(DemoCast.Customers.Length, DemoCast.Customers.DistinctBy(customer => customer.Key).Count());

    [Fact]
    public void Every_ending_of_the_sandbox_is_on_stage() => Assert.Superset(
        new HashSet<string>(["tok_visa", "tok_decline_then_succeed_2", "tok_insufficient_funds", "tok_sepa", "tok_timeout"]),
        DemoCast.Customers.Select(customer => customer.Token).ToHashSet());
}
