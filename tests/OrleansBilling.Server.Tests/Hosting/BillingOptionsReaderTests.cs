using Microsoft.Extensions.Configuration;
using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Tests.Hosting;

public sealed class BillingOptionsReaderTests
{
    [Fact]
    public void Nothing_set_is_a_whole_server_in_the_working_directory()
    {
        var options = Read();

        Assert.True(options.HasSilo);
        Assert.True(options.HasApi);
        Assert.Equal(1, options.Silo);
        Assert.Equal(Path.GetFullPath(".data"), options.DataDirectory);
    }

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(false, null, false)]
    [InlineData(true, "false", false)]
    [InlineData(false, "true", true)]
    public void The_sandbox_is_on_in_development_unless_set(bool development, string? set, bool expected) =>
        Assert.Equal(expected, BillingOptionsReader.Read(Configuration(set is null ? [] : [("Sandbox", set)]), development).SandboxEnabled);

    [Theory]
    [InlineData("silo", true, false)]
    [InlineData("api", false, true)]
    [InlineData("API, Silo", true, true)]
    public void Roles_are_read_in_any_order_and_case(string roles, bool silo, bool api)
    {
        var options = Read(("Roles", roles));

        Assert.Equal((silo, api), (options.HasSilo, options.HasApi));
    }

    [Theory]
    [InlineData("Roles", "worker", "Billing__Roles is 'worker'")]
    [InlineData("Roles", " ", "Billing__Roles")]
    [InlineData("Silo", "0", "The process number (--silo, Billing__Silo) is 0")]
    [InlineData("Silo", "101", "is 101")]
    [InlineData("MaxPoolSize", "1", "Billing__MaxPoolSize is 1")]
    [InlineData("SiloPort", "70000", "Billing__SiloPort is 70000")]
    [InlineData("GatewayPort", "0", "Billing__GatewayPort is 0")]
    [InlineData("BootstrapApiKey", "short", "Billing__BootstrapApiKey is shorter")]
    [InlineData("ClusterId", "", "Billing__ClusterId")]
    [InlineData("DataDirectory", "", "Billing__DataDirectory is empty")]
    [InlineData("Sandobx", "true", "Unknown setting Billing__Sandobx")]
    [InlineData("Silo", "two", "wrong form")]
    [InlineData("DatabaseSeconds", "1", "Billing__DatabaseSeconds is 1")]
    [InlineData("RequestsUnderWay", "0", "Billing__RequestsUnderWay 0")]
    [InlineData("Usage:WindowDays", "0", "Billing__Usage__WindowDays is 0")]
    [InlineData("Usage:RetentionDays", "36", "Billing__Usage__RetentionDays is 36. Use 37")]
    [InlineData("Usage:GroupSize", "999", "GroupSize of 1000")]
    public void What_cannot_be_used_is_refused_by_name(string name, string value, string expected)
    {
        var error = Assert.Throws<StartException>(() => Read((name, value)));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        var error = Assert.Throws<StartException>(() => Read(("Silo", "0"), ("Roles", "worker"), ("SiloPort", "5000"), ("GatewayPort", "5000")));

        Assert.Equal(3, error.Message.Split(Environment.NewLine).Length);
    }

    private static BillingOptions Read(params (string Name, string Value)[] settings) =>
        BillingOptionsReader.Read(Configuration(settings), development: true);

    private static IConfiguration Configuration(params (string Name, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Billing:{s.Name}", (string?)s.Value))).Build();
}
