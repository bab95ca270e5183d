namespace Nuke.Common.Tooling;

/// <summary>Takes options and returns them with changes.</summary>
public delegate T Configure<T>(T options);
