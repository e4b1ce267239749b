using Microsoft.Extensions.Configuration;
using OrleansBilling.Server.Demo;
using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Tests.Hosting;

/// <summary>Where a process answers is known while it lives, so that the demo finds a server on any port.</summary>
public sealed class ProcessSlotTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("slot").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task The_demo_plays_on_the_server_that_runs_on_the_data_directory()
    {
        var options = new BillingOptions { DataDirectory = _data };
        var nothing = new ConfigurationBuilder().Build();
        var other = new ConfigurationBuilder().AddInMemoryCollection([new("urls", "http://127.0.0.1:6080")]).Build();
        using (var slot = await ProcessSlot.TakeAsync(_data, 1, TestContext.Current.CancellationToken))
        {
            Assert.Null(ProcessSlot.AddressOf(_data, 1));
            slot.Announce("http://0.0.0.0:7080");
            Assert.Equal(new Uri("http://127.0.0.1:7080"), DemoCommand.Address(null, nothing, options));
            Assert.Equal(new Uri("http://127.0.0.1:6080"), DemoCommand.Address(null, other, options));
            Assert.Equal(new Uri("http://127.0.0.1:8080"), DemoCommand.Address("http://127.0.0.1:8080", other, options));
        }

        Assert.Null(ProcessSlot.AddressOf(_data, 1));
        Assert.Equal(new Uri(ServerUrls.Default), DemoCommand.Address(null, nothing, options));
    }
}
