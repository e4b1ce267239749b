using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Grains.Payments;

namespace OrleansBilling.Infrastructure.Sandbox;

/// <summary>Registers the sandbox gateway; only where the product may be played with (<c>Billing__Sandbox</c>).</summary>
public static class SandboxRegistration
{
    /// <summary>Adds the gateway and its controls.</summary>
    public static IServiceCollection AddSandboxGateway(this IServiceCollection services)
    {
        services.AddSingleton<SandboxStore>();
        services.AddSingleton<SandboxBooks>();
        services.AddSingleton<IPaymentGateway, SandboxGateway>();
        return services;
    }
}
