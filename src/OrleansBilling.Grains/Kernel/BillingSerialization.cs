using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Configuration;
using Orleans.Serialization.Serializers;

namespace OrleansBilling.Grains.Kernel;

/// <summary>Registers what silos and clients need to exchange the product's messages.</summary>
public static class BillingSerialization
{
    /// <summary>For a silo.</summary>
    public static ISiloBuilder AddBillingSerialization(this ISiloBuilder silo)
    {
        silo.Services.AddBillingSerialization();
        return silo;
    }

    /// <summary>For a client outside of the silo's host.</summary>
    public static IClientBuilder AddBillingSerialization(this IClientBuilder client)
    {
        client.Services.AddBillingSerialization();
        return client;
    }

    /// <summary>For a host that holds either.</summary>
    public static IServiceCollection AddBillingSerialization(this IServiceCollection services)
    {
        services.AddSingleton<DomainCodec>();
        services.AddSingleton<IGeneralizedCodec>(provider => provider.GetRequiredService<DomainCodec>());
        services.AddSingleton<IGeneralizedCopier>(provider => provider.GetRequiredService<DomainCodec>());
        services.AddSingleton<ITypeFilter>(provider => provider.GetRequiredService<DomainCodec>());
        services.Configure<TypeManifestOptions>(options => options.WellKnownTypeAliases[DomainCodec.WellKnownAlias] = typeof(DomainCodec));
        // A failure keeps its type on its way to the front end, which tells a database that is away from an error.
        services.Configure<ExceptionSerializationOptions>(options =>
        {
            options.SupportedNamespacePrefixes.Add("OrleansBilling");
            options.SupportedNamespacePrefixes.Add("Npgsql");
        });
        return services;
    }
}
