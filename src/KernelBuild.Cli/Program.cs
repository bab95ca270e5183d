using KernelBuild.Cli;
using KernelBuild.Cli.Files;

using var output = StandardStream.OpenOutput();
using var errors = StandardStream.OpenError();
return CommandRunner.Run(() => KernelBuildCommand.Run(args, output, errors), errors);
