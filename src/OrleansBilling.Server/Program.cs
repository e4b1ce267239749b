return await OrleansBilling.Server.Commands.CommandLine.RunAsync(args);
