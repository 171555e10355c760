package dev.limpet.transport.loop;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/** The best that the operating system offers. */
public enum NativeIo {
  EPOLL(EpollSocketChannel.class, EpollServerSocketChannel.class),
  KQUEUE(KQueueSocketChannel.class, KQueueServerSocketChannel.class),
  NIO(NioSocketChannel.class, NioServerSocketChannel.class);

  public static final NativeIo BEST =
      Epoll.isAvailable() ? EPOLL : KQueue.isAvailable() ? KQUEUE : NIO;

  public final Class<? extends Channel> channel;
  public final Class<? extends ServerChannel> serverChannel;

  NativeIo(Class<? extends Channel> channel, Class<? extends ServerChannel> serverChannel) {
    this.channel = channel;
    this.serverChannel = serverChannel;
  }

  public IoHandlerFactory handlers() {
    return switch (this) {
      case EPOLL -> EpollIoHandler.newFactory();
      case KQUEUE -> KQueueIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }
}
