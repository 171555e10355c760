/** HTTP with clients, Akka HTTP's server layers on our transport. The door is {@link FrontEnd}. */
@NullMarked
package dev.limpet.http;

import org.jspecify.annotations.NullMarked;
