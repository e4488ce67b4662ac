/** What the subcommands print for programs: JSON, written and never read. */
package dev.lockstep.cli.json;
