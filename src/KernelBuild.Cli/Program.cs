using KernelBuild.Cli;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

using var output = StandardStream.OpenOutput();
using var errors = StandardStream.OpenError();
return CommandFrame.Run(() => KernelBuildCommand.Run(args, output, errors), errors);
