using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using OrleansBilling.Server.Hosting;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Hosting;

public sealed class ServerUrlsTests
{
    [Theory]
    [InlineData(null, 1, "http://127.0.0.1:5080")]
    [InlineData(null, 3, "http://127.0.0.1:5082")]
    [InlineData("http://127.0.0.1:6000", 2, "http://127.0.0.1:6001")]
    [InlineData("http://0.0.0.0:6000; http://[::1]:7000", 2, "http://0.0.0.0:6001;http://[::1]:7001")]
    [InlineData("http://+:0", 2, "http://+:0")]
    public void Process_n_listens_on_the_port_plus_n_minus_1(string? urls, int number, string expected) =>
        Assert.Equal(expected, string.Join(';', ServerUrls.For(Configuration(urls), number)));

    [Theory]
    [InlineData("5080")]
    [InlineData("http:/127.0.0.1")]
    public void What_is_no_address_is_refused(string urls)
    {
        var error = Assert.Throws<StartException>(() => ServerUrls.For(Configuration(urls), 1));

        Assert.Contains($"'{urls}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_beyond_the_last_is_refused() =>
        Assert.Throws<StartException>(() => ServerUrls.For(Configuration("http://127.0.0.1:65535"), 2));

    [Fact]
    public void A_port_in_use_is_refused_with_the_way_to_choose_another()
    {
        var port = ServerProcess.FreePort();
        ServerUrls.RequireFree([$"http://127.0.0.1:{port}"]);
        using var other = new TcpListener(IPAddress.Loopback, port);
        other.Start();

        var error = Assert.Throws<StartException>(() => ServerUrls.RequireFree([$"http://127.0.0.1:{port}"]));

        Assert.Contains($"Port {port} on 127.0.0.1 is in use", error.Message, StringComparison.Ordinal);
        Assert.Contains("ASPNETCORE_URLS=", error.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(string? urls) => new ConfigurationBuilder()
        .AddInMemoryCollection(urls is null ? [] : [KeyValuePair.Create("urls", (string?)urls)]).Build();
}
