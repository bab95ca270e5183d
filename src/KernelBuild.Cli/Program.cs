using KernelBuild.Cli;

return KernelBuildCommand.Run(args, Console.Out, Console.Error);
