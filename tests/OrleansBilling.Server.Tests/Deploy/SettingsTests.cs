using OrleansBilling.Server.Hosting;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Deploy;

public sealed class SettingsTests
{
    [Fact]
    public void Every_setting_is_described_where_operators_look()
    {
        var readme = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ServerProcess.ServerDll)!, "../../../../../deploy/README.md"));

        Assert.All(BillingOptionsReader.Names, name => Assert.Contains($"`Billing__{name}`", readme, StringComparison.Ordinal));
    }
}
